"""Workloads: whether all pods of a Deployment, ReplicaSet, StatefulSet or DaemonSet are there and the new ones.

Source of the rules: kstatus of kubernetes-sigs/cli-utils, `pkg/kstatus/status/core.go`.
"""

from domain.readiness.conditions import condition
from domain.readiness.fields import Thing, number, text, value
from domain.readiness.observations import Observation
from domain.readiness.verdicts import READY, Finding, failed, progressing

_NO_DEADLINE = 2**31 - 1
"""With this deadline the controller writes no Progressing condition at all."""


def deployment(thing: Thing, _: Observation) -> Finding:
    """Ready when all pods are of the present template and available, and no older one is left."""
    progress = condition(thing, "Progressing")
    if progress.reason == "ProgressDeadlineExceeded":
        return failed("its pods were not ready within the progress deadline", "See what the pods wait for.")
    wanted = _wanted(thing)
    words = (
        _short(thing, wanted, ("replicas", "made"), ("updatedReplicas", "of the new version"))
        or _extra(thing, wanted)
        or _short(thing, wanted, ("availableReplicas", "available"), ("readyReplicas", "ready"))
    )
    if words:
        return progressing(words)
    deadline = number(thing, "spec", "progressDeadlineSeconds", default=_NO_DEADLINE)
    is_complete = progress.is_true and progress.reason == "NewReplicaSetAvailable"
    if deadline != _NO_DEADLINE and not is_complete:
        return progressing("the new version is not complete yet")
    return READY if condition(thing, "Available").is_true else progressing("too few of its pods are available")


def replica_set(thing: Thing, _: Observation) -> Finding:
    """Ready when all pods are there, available, and none too many."""
    if condition(thing, "ReplicaFailure").is_true:
        return progressing("some of its pods could not be made")
    wanted = _wanted(thing)
    counts = (("fullyLabeledReplicas", "made"), ("availableReplicas", "available"), ("readyReplicas", "ready"))
    words = _short(thing, wanted, *counts) or _extra(thing, wanted)
    return progressing(words) if words else READY


def stateful_set(thing: Thing, _: Observation) -> Finding:
    """Ready when all pods are ready and of the present template, or as many as its partition lets be."""
    if text(thing, "spec", "updateStrategy", "type") == "OnDelete":
        return READY
    wanted = _wanted(thing)
    words = _short(thing, wanted, ("replicas", "made"), ("readyReplicas", "ready")) or _extra(thing, wanted)
    if words:
        return progressing(words)
    partition = number(thing, "spec", "updateStrategy", "rollingUpdate", "partition", default=-1)
    if partition >= 0:
        words = _short(thing, wanted - partition, ("updatedReplicas", "of the new version"))
        return progressing(words) if words else READY
    is_updated = text(thing, "status", "currentRevision") == text(thing, "status", "updateRevision")
    words = _short(thing, wanted, ("currentReplicas", "of the present version"))
    return READY if is_updated and not words else progressing(words or "not all pods are of the new version")


def daemon_set(thing: Thing, _: Observation) -> Finding:
    """Ready when every node that should has an available pod of the present template."""
    if value(thing, "status", "desiredNumberScheduled") is None:
        return progressing("its controller has not counted the nodes yet")
    words = _short(
        thing,
        number(thing, "status", "desiredNumberScheduled"),
        ("currentNumberScheduled", "made"),
        ("updatedNumberScheduled", "of the new version"),
        ("numberAvailable", "available"),
        ("numberReady", "ready"),
    )
    return progressing(words) if words else READY


def _wanted(thing: Thing) -> int:
    return number(thing, "spec", "replicas", default=1)


def _short(thing: Thing, wanted: int, *counts: tuple[str, str]) -> str:
    """Of which count there is too little, in words; empty if there is enough of all."""
    for name, words in counts:
        have = number(thing, "status", name)
        if have < wanted:
            return f"{have} of {wanted} pods {'is' if have == 1 else 'are'} {words}"
    return ""


def _extra(thing: Thing, wanted: int) -> str:
    extra = number(thing, "status", "replicas") - wanted
    return f"{extra} pod{'' if extra == 1 else 's'} of an older version still ending" if extra > 0 else ""
