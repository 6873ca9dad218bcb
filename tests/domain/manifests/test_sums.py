"""Sums: what a set of manifests requests of the cluster, as its scheduler counts it."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.costs import NOTHING, Requested
from domain.manifests.rules import Limits
from domain.manifests.sums import requested
from tests.domain.manifests.cases import RULES


def workload(pod: dict[str, Any], kind: str = "Deployment", **spec: Any) -> dict[str, Any]:
    """A workload whose template is this pod."""
    return {"apiVersion": "apps/v1", "kind": kind, "spec": {**spec, "template": {"spec": pod}}}


def pod(*containers: dict[str, Any], starting: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    """A pod of these containers."""
    return {"containers": list(containers), "initContainers": list(starting)}


def asking(cpu: str, memory: str, field: str = "requests", **more: Any) -> dict[str, Any]:
    """A container that states so much."""
    return {"resources": {field: {"cpu": cpu, "memory": memory}}, **more}


@given(st.integers(0, 9), st.integers(0, 9), st.integers(1, 4000), st.integers(1, 4096))
def test_all_replicas_of_all_workloads_are_counted(one: int, other: int, millicores: int, mib: int) -> None:
    """Three replicas cost three times as much as one, of Deployments and StatefulSets alike."""
    container = asking(f"{millicores}m", f"{mib}Mi")
    objects: list[dict[str, Any]] = [
        workload(pod(container), replicas=one),
        workload(pod(container), "StatefulSet", replicas=other),
        {"kind": "Service", "spec": {}},
    ]

    total = one + other
    assert requested(objects, RULES) == Requested(cores=total * millicores / 1000, memory_mib=float(total * mib))


def test_a_container_that_states_no_request_is_counted_as_the_cluster_does() -> None:
    """Without a request the limit is reserved, and without both what the namespace's LimitRange says."""
    limits = Limits(cpu=1.0, memory_mib=1000, cpu_share=0.25, memory_share=0.5)
    rules = replace(RULES, limits=limits)

    assert requested([workload(pod(asking("2", "1Gi", "limits")))], rules) == Requested(cores=2.0, memory_mib=1024.0)
    assert requested([workload(pod({"name": "a"}))], rules) == Requested(cores=0.25, memory_mib=500.0)


def test_a_pod_is_counted_with_its_sidecars_or_by_its_largest_init_container() -> None:
    """What starts before a service is reserved for as long as the pod is there, beside the sidecars before it."""
    sidecar = asking("100m", "64Mi", restartPolicy="Always")
    large = asking("3", "32Mi")

    asked = requested([workload(pod(asking("200m", "128Mi"), starting=(sidecar, large)))], RULES)

    assert asked == Requested(cores=3.1, memory_mib=192.0)


def test_what_comes_and_goes_is_not_counted() -> None:
    """A Job ends by itself; its minutes are not told as if it ran on."""
    assert requested([workload(pod(asking("2", "1Gi")), "Job")], RULES) == NOTHING
