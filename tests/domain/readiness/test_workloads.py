"""Workloads: what kstatus calls current is ready, and nothing else is."""

from typing import Any

import pytest

from domain.readiness import Readiness, State
from tests.domain.readiness.looking import look
from tests.domain.readiness.objects import (
    Json,
    coming,
    condition,
    daemon_set,
    deployment,
    over,
    pod,
    replica_set,
    running,
    stateful_set,
)

STALE = {"metadata": {"generation": 2}}
OLD_REVISION = {
    "spec": {"updateStrategy": {"rollingUpdate": {"partition": None}}},
    "status": {"currentRevision": "data-5b4"},
}
FULL = condition("ReplicaFailure", "True", "FailedDelete", "pods could not be deleted")
UNFINISHED = [condition("Available", "True"), condition("Progressing", "True", "ReplicaSetUpdated")]


@pytest.mark.parametrize("thing", [deployment(), replica_set(deployment()), stateful_set(), daemon_set()])
def test_a_workload_with_all_its_pods_is_ready(thing: Json) -> None:
    """A preview whose pods all run is ready at once, with nothing more to say."""
    assert look(thing) == Readiness(state=State.READY, component=f"{thing['kind']} {thing['metadata']['name']}")


@pytest.mark.parametrize(
    ("thing", "changes", "cause"),
    [
        (deployment(), STALE, "its controller has not looked at the newest version yet"),
        (deployment(), {"status": None}, "its controller has not looked at the newest version yet"),
        (deployment(), {"status": {"replicas": 0}}, "0 of 1 pods are made"),
        (deployment(), {"spec": {"replicas": 2}}, "1 of 2 pods is made"),
        (deployment(), {"status": {"updatedReplicas": 0}}, "0 of 1 pods are of the new version"),
        (deployment(), {"status": {"replicas": 2}}, "1 pod of an older version still ending"),
        (deployment(), {"status": {"availableReplicas": None}}, "0 of 1 pods are available"),
        (deployment(), {"status": {"readyReplicas": None}}, "0 of 1 pods are ready"),
        (deployment(), {"status": {"conditions": UNFINISHED}}, "the new version is not complete yet"),
        (deployment(), {"status": {"conditions": UNFINISHED[:1]}}, "the new version is not complete yet"),
        (replica_set(deployment()), {"status": {"fullyLabeledReplicas": 0}}, "0 of 1 pods are made"),
        (replica_set(deployment()), {"status": {"replicas": 3}}, "2 pods of an older version still ending"),
        (stateful_set(), {"status": {"replicas": 1}}, "1 of 2 pods is made"),
        (stateful_set(), {"status": {"readyReplicas": 1}}, "1 of 2 pods is ready"),
        (stateful_set(), {"status": {"updatedReplicas": 1}}, "1 of 2 pods is of the new version"),
        (stateful_set(), OLD_REVISION, "not all pods are of the new version"),
        (
            stateful_set(),
            over(OLD_REVISION, {"status": {"currentReplicas": 0}}),
            "0 of 2 pods are of the present version",
        ),
        (replica_set(deployment()), {"status": {"conditions": [FULL]}}, "some of its pods could not be made"),
        (daemon_set(), {"status": {"desiredNumberScheduled": None}}, "its controller has not counted the nodes yet"),
        (daemon_set(), {"status": {"updatedNumberScheduled": 1}}, "1 of 3 pods is of the new version"),
        (daemon_set(), {"status": {"numberAvailable": 2}}, "2 of 3 pods are available"),
    ],
)
def test_a_workload_that_lacks_something_is_in_progress_and_says_what(thing: Json, changes: Json, cause: str) -> None:
    """Whoever waits sees for what, in numbers of pods."""
    verdict = look(over(thing, changes))
    assert (verdict.state, verdict.cause) == (State.PROGRESSING, cause)


@pytest.mark.parametrize(
    "thing",
    [
        over(deployment(), {"spec": {"progressDeadlineSeconds": None}, "status": {"conditions": UNFINISHED[:1]}}),
        over(deployment(replicas=None, updatedReplicas=None, readyReplicas=None), {"spec": {"replicas": 0}}),
        over(stateful_set(readyReplicas=0), {"spec": {"updateStrategy": {"type": "OnDelete"}}}),
        over(stateful_set(updatedReplicas=1), {"spec": {"updateStrategy": {"rollingUpdate": {"partition": 1}}}}),
    ],
)
def test_what_a_workload_does_not_want_is_not_waited_for(thing: Json) -> None:
    """No deadline, no replicas, an update by hand or by a part: kstatus' exceptions hold here as well."""
    assert look(over(thing, {"status": {"availableReplicas": thing["spec"]["replicas"]}})).state is State.READY


def test_a_passed_progress_deadline_is_a_failure() -> None:
    """Kubernetes' own time-out is believed, if nothing was found earlier."""
    late = condition("Progressing", "False", "ProgressDeadlineExceeded", 'ReplicaSet "web-7d4b9" has timed out.')
    verdict = look(over(coming(), {"status": {"conditions": [late]}}))
    assert verdict.state is State.FAILED
    assert "progress deadline" in verdict.cause


@pytest.mark.parametrize(
    ("probe", "seconds", "state"),
    [(None, 1, State.PROGRESSING), (None, 4, State.READY), ({"httpGet": {"port": 8080}}, 1, State.READY)],
)
def test_a_service_without_a_probe_is_ready_when_it_has_run_for_a_moment(
    probe: Any, seconds: float, state: State
) -> None:
    """A worker that crashes at its start does not make its preview ready for a second."""
    owner = replica_set(deployment())
    fresh = pod(owner, ready=True, state=running(seconds))
    fresh["spec"]["containers"][0]["readinessProbe"] = probe
    assert look(deployment(), replica_sets=(owner,), pods=(fresh,)).state is state


@pytest.mark.parametrize(
    ("changes", "state", "words"),
    [
        ({"metadata": {"deletionTimestamp": "2026-03-02T12:00:00Z"}}, State.PROGRESSING, "is being deleted"),
        (
            {"metadata": {"deletionTimestamp": "2026-03-02T12:00:00Z", "finalizers": ["acme.dev/hold"]}},
            State.PROGRESSING,
            "waits for acme.dev/hold",
        ),
        ({"status": {"conditions": [condition("Reconciling", "True", "Busy", "half")]}}, State.PROGRESSING, "half"),
        ({"status": {"conditions": [condition("Stalled", "True", "Broken", "no token")]}}, State.FAILED, "no token"),
    ],
)
def test_what_holds_for_every_kind_comes_before_the_kind(changes: Json, state: State, words: str) -> None:
    """An object that is being deleted is never ready, and the finalizer that holds it is named."""
    verdict = look(over(deployment(), changes))
    assert verdict.state is state
    assert words in verdict.cause
