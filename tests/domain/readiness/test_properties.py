"""Properties: whatever the API server, a controller or a stranger wrote, there is a verdict, and it is the same one."""

import random
from datetime import datetime
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.readiness import Observation, Readiness, State, judge
from domain.readiness.judging import KINDS
from domain.readiness.preconditions import OBSERVED
from tests.domain.readiness.objects import (
    NOW,
    Json,
    answer,
    claim,
    coming,
    condition,
    daemon_set,
    deployment,
    event,
    job,
    pod,
    replica_set,
    route,
    running,
    stateful_set,
    terminated,
    waiting,
)

OWNER = replica_set(coming())
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["True", "9" * 5000])
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
KIND = st.sampled_from([*KINDS, ("cert-manager.io", "Certificate"), ("acme.dev", "Widget")])
CRASHED = pod(OWNER, "web-7d4b9-a", restartCount=2, state=waiting("CrashLoopBackOff"), lastState=terminated(1))
PODS = [
    CRASHED,
    pod(OWNER, "web-7d4b9-b", state=waiting("ImagePullBackOff", "not found")),
    pod(OWNER, "web-7d4b9-c", state=waiting("CreateContainerConfigError", 'secret "s" not found')),
    pod(OWNER, "web-7d4b9-d", state=running(500)),
]
EVENTS = [
    event(PODS[3], "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 500"),
    event(PODS[3], "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 404"),
    event(PODS[0], "BackOff", "Back-off restarting failed container"),
    event(OWNER, "FailedCreate", 'Error creating: pods "w" is forbidden: exceeded quota', seconds=2),
    event(OWNER, "SuccessfulCreate", "Created pod: w", seconds=4),
]
REALISTIC = [
    coming(), deployment(), OWNER, stateful_set(), daemon_set(), job(active=1), claim("Pending"), CRASHED,
    route(answer(condition("Accepted", "False", "Pending"))),
]  # fmt: skip


def damaged(thing: object, damage: object, random_source: random.Random) -> object:
    """A copy in which one value, somewhere, is replaced by the damage."""
    if not isinstance(thing, dict | list) or not thing or random_source.random() < 0.1:
        return damage
    if isinstance(thing, dict):
        copy = cast(Json, thing).copy()
        name = random_source.choice(list(copy))
        copy[name] = damaged(copy[name], damage, random_source)
        return copy
    items = cast(list[object], thing).copy()
    place = random_source.randrange(len(items))
    items[place] = damaged(items[place], damage, random_source)
    return items


def mappings(values: list[object]) -> tuple[Json, ...]:
    """Those that a client could hand on as objects."""
    return tuple(cast(Json, each) for each in values if isinstance(each, dict))


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(KIND, st.dictionaries(st.sampled_from(["metadata", "spec", "status"]), JSON), JSON, st.text(max_size=5))
def test_any_json_gets_a_verdict(kind: tuple[str, str], body: Json, other: Any, uid: str) -> None:
    """An object with a half-filled or senseless status ends no worker."""
    thing = {"apiVersion": f"{kind[0]}/v1" if kind[0] else "v1", "kind": kind[1], **body}
    rest = mappings([other, {"metadata": other, "involvedObject": {"uid": uid}}])
    (verdict,) = judge(Observation(now=NOW, objects=(thing,), replica_sets=rest, pods=rest, events=rest))
    assert isinstance(verdict, Readiness)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from(REALISTIC), JSON, st.randoms(use_true_random=False), st.integers(1, 3))
def test_a_damaged_object_gets_a_verdict(thing: Json, damage: Any, random_source: random.Random, times: int) -> None:
    """One wrong field, wherever it is, is read as missing."""
    seen: list[object] = [thing, OWNER, *PODS, *EVENTS]
    for _ in range(times):
        seen = [damaged(each, damage, random_source) for each in seen]
    things = mappings(seen)
    for verdict in judge(Observation(now=NOW, objects=things, replica_sets=things, pods=things, events=things)):
        assert len(verdict.cause) <= 400
        assert "\n" not in verdict.cause


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from(PODS), unique_by=id),
    st.lists(st.sampled_from(EVENTS), unique_by=id),
    st.sampled_from([coming(), OWNER]),
    st.randoms(use_true_random=False),
)
def test_the_order_of_what_was_read_changes_nothing(
    pods: list[Json], events: list[Json], thing: Json, random_source: random.Random
) -> None:
    """Two workers that read the same in another order say the same."""
    one = judge(Observation(now=NOW, objects=(thing,), replica_sets=(OWNER,), pods=tuple(pods), events=tuple(events)))
    random_source.shuffle(pods)
    random_source.shuffle(events)
    other = judge(Observation(now=NOW, objects=(thing,), replica_sets=(OWNER,), pods=tuple(pods), events=tuple(events)))
    assert one == other


@settings(max_examples=50, deadline=None)
@given(
    st.sampled_from([deployment(), OWNER, stateful_set(), daemon_set()]),
    st.integers(0, 3) | st.none(),
    st.integers(0, 3) | st.none(),
)
def test_what_is_ready_was_seen_by_its_controller(thing: Json, generation: int | None, observed: int | None) -> None:
    """A rollout never counts the old version's readiness for the new one's."""
    changed = thing | {
        "metadata": thing["metadata"] | {"generation": generation},
        "status": thing["status"] | {"observedGeneration": observed},
    }
    (verdict,) = judge(Observation(now=NOW, objects=(changed,)))
    assert (verdict.state is State.READY) == (generation is not None and generation == observed)


def test_kinds_that_are_always_observed_have_rules_of_their_own() -> None:
    """No kind is asked for a generation and then judged by guessing."""
    assert set(KINDS) >= OBSERVED


@pytest.mark.parametrize(
    "moment", ["2026-03-02T12:10:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "nonsense"]
)
def test_no_time_is_too_far_away(moment: str) -> None:
    """A clock that is wrong by millennia is no reason to fall over."""
    thing = over_time(coming(), moment)
    (verdict,) = judge(Observation(now=datetime.fromisoformat("2026-03-02T12:10:00+00:00"), objects=(thing,)))
    assert verdict.state is State.PROGRESSING


def over_time(thing: Json, moment: str) -> Json:
    """The object, made at this moment."""
    return thing | {"metadata": thing["metadata"] | {"creationTimestamp": moment}}
