"""Recorded: objects and events that a Kubernetes 1.34.4 API server returned, three seconds after they were applied.

Each file is one namespace whose pods are refused. The recipe: a Deployment, StatefulSet, DaemonSet and Job with a
container of 4 CPUs under a quota of 2, of no securityContext under Pod Security `restricted`, or with a ServiceAccount
that does not exist; no node and no storage class. Of events alike two are kept; managed fields have lost `fieldsV1`.
"""

import json
from datetime import datetime
from pathlib import Path

import pytest

from domain.readiness import Observation, Readiness, State, judge_one
from tests.domain.readiness.objects import Json

FOLDER = Path(__file__).parent / "recorded"
REFUSED = ("Deployment", "ReplicaSet", "StatefulSet", "Job")


def recorded(name: str) -> dict[str, Readiness]:
    """The verdicts on all objects of a recorded namespace, by kind."""
    read: Json = json.loads((FOLDER / f"{name}.json").read_text())
    objects: list[Json] = read["objects"]
    seen = Observation(
        now=datetime.fromisoformat(read["now"]),
        replica_sets=tuple(each for each in objects if each["kind"] == "ReplicaSet"),
        events=tuple(read["events"]),
    )
    return {each["kind"]: judge_one(each, seen) for each in objects}


@pytest.mark.parametrize(
    ("name", "state", "words"),
    [
        ("quota", State.FAILED, "its pods exceed the preview's quota preview: limits.cpu=4 is asked for"),
        ("pod-security", State.FAILED, "its pods break the Pod Security standard restricted:latest: allowPrivilege"),
        ("service-account", State.PROGRESSING, "the ServiceAccount nobody that its pods name does not exist"),
    ],
)
def test_a_real_servers_refusal_is_told_after_three_seconds(name: str, state: State, words: str) -> None:
    """A workload that was accepted and gets no pods fails at once, or says what it still waits for."""
    verdicts = recorded(name)
    assert {verdicts[kind].state for kind in REFUSED} == {state}
    assert all(words in verdicts[kind].cause for kind in REFUSED)
    assert all("FailedCreate: " in verdicts[kind].events[-1] for kind in REFUSED)


def test_a_real_server_without_nodes_and_storage_says_so() -> None:
    """A DaemonSet without nodes is ready, a claim without a storage class waits and names the cause."""
    verdicts = recorded("quota")
    assert verdicts["DaemonSet"].state is State.READY
    assert verdicts["PodDisruptionBudget"].state is State.READY
    assert verdicts["PersistentVolumeClaim"].state is State.PROGRESSING
    assert "no storage class is set" in verdicts["PersistentVolumeClaim"].cause
