"""Fitting: what does not fit into the quota is told before anything is made, and what can be made to fit is."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.definitions import Resources
from domain.errors import PermanentError
from domain.manifests.fitting import beyond_quota, fitted, require_room, together
from domain.manifests.loads import Load, surge
from domain.manifests.rules import Quota
from tests.domain.manifests.cases import RULES
from tests.domain.manifests.test_sums import asking, pod, workload

HALF = pod(asking("500m", "256Mi", "limits"))
"""A quarter of a preview's cores."""


def job(parallelism: Any = None, completions: Any = None, **more: Any) -> dict[str, Any]:
    """A Job of such pods."""
    counts = {"parallelism": parallelism, "completions": completions}
    return workload(HALF, "Job", **{name: one for name, one in counts.items() if one is not None}, **more)


def rolling(replicas: int, **rollingly: Any) -> dict[str, Any]:
    """A Deployment of such pods that is updated so."""
    return workload(HALF, replicas=replicas, strategy={"rollingUpdate": rollingly} if rollingly else {})


def hook(one: dict[str, Any], *events: str) -> dict[str, Any]:
    """The same as a hook."""
    return {**one, "metadata": {"annotations": {"helm.sh/hook": ",".join(events)}}}


def claim(storage: str) -> dict[str, Any]:
    """What a claim asks for."""
    return {"resources": {"requests": {"storage": storage}}}


def cores(*objects: dict[str, Any]) -> float:
    """So many are needed at one time."""
    return float(together(objects, RULES).cpu)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (job(), 0.5),
        (job(parallelism=3), 1.5),
        (job(parallelism=3, completions=9), 1.5),
        (job(parallelism=9, completions=2), 1.0),
        (job(parallelism=3, suspend=True), 0.0),
        (job(parallelism="3"), 0.5),
    ],
)
def test_the_pods_of_a_job_that_run_together_are_counted(given: dict[str, Any], expected: float) -> None:
    """Nine pieces of work by three pods at a time need three pods' cores, on a schedule too."""
    nightly: dict[str, Any] = {"kind": "CronJob", "spec": {"jobTemplate": {"spec": given["spec"]}}}

    assert cores(given) == cores(nightly) == expected
    assert cores({"kind": "CronJob", "spec": {**nightly["spec"], "suspend": True}}) == 0


def test_a_job_runs_beside_the_services() -> None:
    """What a Deployment leaves is all that a Job can have."""
    services, index = workload(HALF, replicas=3, strategy={"type": "Recreate"}), job(parallelism=2)

    assert cores(services, index) == 2.5
    assert [finding.value for finding in beyond_quota([services, index], RULES)] == ["cpu of 2.5 cores in limits"]
    assert list(beyond_quota([services, job()], RULES)) == []


def test_the_migration_of_the_next_push_runs_beside_the_services() -> None:
    """Services that fill the preview are refused at the first push already, and not only when the second migrates."""
    rules = replace(RULES, migration=Resources(cpu=0.5, memory_mib=256))
    full, roomy = [workload(HALF) for _ in range(4)], [workload(HALF) for _ in range(3)]

    assert list(beyond_quota(full, RULES)) == []
    assert [one.value for one in beyond_quota(full, rules)] == ["cpu of 2.5 cores in limits with the migration"]
    assert list(beyond_quota([*roomy, hook(job(), "post-upgrade")], rules)) == []
    # What an update takes meanwhile is free again when the next push migrates.
    assert list(beyond_quota([rolling(3, maxSurge=1)], rules)) == []
    with pytest.raises(PermanentError, match="cores in limits with the migration: ask for less"):
        require_room(full, rules)


def test_a_migration_does_not_take_the_room_of_an_update() -> None:
    """It has ended when the first new pod starts, so two services of four halves are still updated without a gap."""
    services = (workload(HALF), workload(HALF))

    assert fitted(services, replace(RULES, migration=Resources())) == services


@pytest.mark.parametrize(
    ("written", "replicas", "expected"),
    [({}, 1, 1), ({}, 5, 2), ({"maxSurge": 2}, 3, 2), ({"maxSurge": "50%"}, 3, 2), ({"maxSurge": 0}, 3, 0)],
)
def test_new_pods_of_an_update_stand_beside_the_old_ones(written: Any, replicas: int, expected: int) -> None:
    """A percentage is rounded up, as Kubernetes does, and a quarter is usual."""
    assert surge(rolling(replicas, **written)) == expected
    assert cores(rolling(replicas, **written)) == (replicas + expected) / 2
    assert surge(workload(HALF, strategy={"type": "Recreate"})) == 0


def test_an_update_that_cannot_fit_is_refused_if_it_was_written_so() -> None:
    """A push would get stuck at its first pod; the first one already says so."""
    stubborn = rolling(3, maxSurge=2, maxUnavailable=0)

    assert [finding.value for finding in beyond_quota([stubborn], RULES)] == ["cpu of 2.5 cores in limits"]
    assert fitted([stubborn], RULES) == (stubborn,)


def test_an_update_that_was_left_open_is_made_to_fit() -> None:
    """A chart that fills the preview is updated with a gap, and is not refused for it."""
    full = rolling(4)
    made = fitted([full], RULES)

    assert list(beyond_quota([full], RULES)) == list(beyond_quota(made, RULES)) == []
    assert made[0]["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 0, "maxUnavailable": 1}
    assert fitted(made, RULES) == made
    assert fitted([rolling(1)], RULES) == (rolling(1),)


def test_hooks_are_counted_one_by_one() -> None:
    """A migration runs beside what answers already, except before the first release of all."""
    services = rolling(3, maxSurge=0, maxUnavailable=1)

    assert cores(services, hook(job(), "post-install"), hook(job(), "pre-upgrade", "post-upgrade")) == 2.0
    assert cores(services, hook(job(parallelism=2), "pre-install", "pre-upgrade")) == 2.5
    assert cores(services, hook(job(parallelism=4), "pre-install")) == 2.0


def test_claims_are_counted_where_they_are_made() -> None:
    """Each pod of a StatefulSet has claims of its own, and so has each pod with an ephemeral volume."""
    data = {"kind": "PersistentVolumeClaim", "spec": claim("1Gi")}
    queue = workload(HALF, "StatefulSet", replicas=2, volumeClaimTemplates=[{"spec": claim("512Mi")}])
    scratch = workload({**HALF, "volumes": [{"ephemeral": {"volumeClaimTemplate": {"spec": claim("256Mi")}}}]})
    scratch["spec"]["strategy"] = {"type": "Recreate"}

    load = together([data, queue, scratch], RULES)

    assert (load.claims, load.storage) == (4, Decimal(2304 * 2**20))
    found = [one.value for one in beyond_quota([data] * 5, RULES)]
    assert found == ["5 claims of storage", "storage of 5120 MiB in claims"]


def test_what_does_not_fit_is_told_with_its_amount() -> None:
    """I read how much is needed and how much there is, before anything is half made."""
    with pytest.raises(PermanentError, match=r"needs cpu of 2\.5 cores in limits: ask for less.*2 cores"):
        require_room([workload(HALF, replicas=5)], RULES)
    with pytest.raises(PermanentError, match="21 pods at one time, memory of 5376 MiB"):
        require_room([workload(HALF, replicas=21)], replace(RULES, quota=Quota(cpu=20)))
    require_room([workload(HALF, replicas=4)], RULES)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("25%"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(["Deployment", "StatefulSet", "Job", "CronJob"]), anything, anything, anything)
def test_whatever_a_manifest_says_is_counted_without_an_error(kind: str, one: Any, other: Any, pods: Any) -> None:
    """A stranger's counts and strategies may be anything."""
    spec = {"replicas": one, "parallelism": one, "completions": other, "strategy": {"rollingUpdate": {"maxSurge": one}}}
    whole = workload(pods, kind, **spec, volumeClaimTemplates=other)

    assert together([whole, workload(pods, kind, strategy=other)], RULES).pods >= 0
    assert len(fitted([whole], RULES)) == 1


def test_a_load_is_counted_part_by_part() -> None:
    """The larger of two is the larger in each resource."""
    one, two = Load(Decimal(1), pods=1), Load(Decimal(0), Decimal(5), pods=2)

    assert one + two == Load(Decimal(1), Decimal(5), 3)
    assert one | two == Load(Decimal(1), Decimal(5), 2)
    assert two.times(2) == Load(Decimal(0), Decimal(10), 4)
