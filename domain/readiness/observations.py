"""Observations: everything that was read of a preview at one time, and what in it belongs to what.

Read an object before its ReplicaSets, these before the pods and these before the events: then a pod that a
verdict needs is never missing because it was made in between.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from domain.readiness.fields import Thing, group_kind, instant, name_of, text, things, uid_of

REVISION = "deployment.kubernetes.io/revision"
"""The annotation by which a Deployment and its ReplicaSets say which of its templates they are of."""

_TEMPLATE_GENERATION = "deprecated.daemonset.template.generation"


@dataclass(frozen=True, kw_only=True)
class Observation:
    """What was read, as the API server returned it, and when (`now`, with a time zone).

    `objects` are those to be judged; `replica_sets`, `pods` and `events` may be all of the namespace. `logs` maps
    `pod/container` to last lines, as far as they were read: an image for another processor says so only there.
    """

    now: datetime
    objects: tuple[Thing, ...] = ()
    replica_sets: tuple[Thing, ...] = ()
    pods: tuple[Thing, ...] = ()
    events: tuple[Thing, ...] = ()
    logs: Mapping[str, str] = field(default_factory=dict[str, str])

    def seconds_since(self, moment: datetime | None) -> float:
        """Seconds from then to now; none have passed since a moment that nobody wrote down."""
        return (self.now - moment).total_seconds() if moment else 0.0

    def age(self, thing: Thing) -> float:
        """Seconds since the object was made."""
        return self.seconds_since(instant(thing, "metadata", "creationTimestamp"))


def owner_kind(thing: Thing) -> str:
    """The kind of the controller that owns the object, empty without one."""
    owners = [owner for owner in things(thing, "metadata", "ownerReferences") if owner.get("controller") is True]
    return text(owners[0], "kind") if owners else ""


def replica_set_of(deployment: Thing, observation: Observation) -> Thing | None:
    """The ReplicaSet of the Deployment's present template; None while there is none.

    Older ones do not count: their pods may fail for what the present template has cured. The Deployment's
    controller writes the same revision to both (kubernetes: pkg/controller/deployment/util).
    """
    wanted = text(deployment, "metadata", "annotations", REVISION)
    owned = owned_by(deployment, observation.replica_sets)
    current = [each for each in owned if wanted and text(each, "metadata", "annotations", REVISION) == wanted]
    return current[-1] if current else None


def pods_of(thing: Thing, observation: Observation) -> tuple[Thing, ...]:
    """The pods of the object's present template, ordered by name; those that are being deleted are left out."""
    living = tuple(pod for pod in observation.pods if not text(pod, "metadata", "deletionTimestamp"))
    match group_kind(thing):
        case (_, "Pod"):
            return (thing,)
        case (_, "Deployment"):
            owner = replica_set_of(thing, observation)
            return owned_by(owner, living) if owner else ()
        case _:
            label, wanted = _revision_label(thing)
            owned = owned_by(thing, living)
            return tuple(pod for pod in owned if not wanted or text(pod, "metadata", "labels", label) in ("", wanted))


def _revision_label(thing: Thing) -> tuple[str, str]:
    """The label of pods that tells their template, and its value for the present one; empty where there is none."""
    match group_kind(thing):
        case ("apps", "StatefulSet"):
            return "controller-revision-hash", text(thing, "status", "updateRevision")
        case ("apps", "DaemonSet"):
            return "pod-template-generation", text(thing, "metadata", "annotations", _TEMPLATE_GENERATION)
        case _:
            return "", ""


def owned_by(owner: Thing, candidates: tuple[Thing, ...]) -> tuple[Thing, ...]:
    """Those of the candidates that the object owns, ordered by name."""
    uid = uid_of(owner)
    owned = [each for each in candidates if uid and uid in owners(each)]
    return tuple(sorted(owned, key=lambda each: (name_of(each), uid_of(each))))


def owners(thing: Thing) -> set[str]:
    """The uids of those that own the object."""
    return {text(owner, "uid") for owner in things(thing, "metadata", "ownerReferences")}
