"""Admissions: why pods of a workload that the API server has accepted are refused.

A Deployment whose pods break a quota or Pod Security is accepted; the refusal meets its ReplicaSet, which says so in
its condition ReplicaFailure and in FailedCreate events; Job, StatefulSet and DaemonSet say it in events alone
(kubernetes: `pkg/controller/controller_utils.go`). It holds as long as the object is not changed, so one that is older
than the object's last change, or than the last pod that was made, says nothing any more.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from domain.readiness.conditions import condition
from domain.readiness.fields import Thing, group_kind, instant, number, text, things
from domain.readiness.happenings import happenings, latest
from domain.readiness.observations import Observation, replica_set_of
from domain.readiness.quantities import amounts
from domain.readiness.refusals import QUOTA, REFUSALS
from domain.readiness.rules import read
from domain.readiness.verdicts import Finding

_FOR_EVER = 10.0**9
_CONTROLLERS_WORDS = re.compile(r"^.{0,600}?(?:error creating|failed error): ", re.IGNORECASE | re.DOTALL)
_COUNTS = {
    ("apps", "StatefulSet"): (("spec", "replicas"), ("status", "replicas")),
    ("apps", "DaemonSet"): (("status", "desiredNumberScheduled"), ("status", "currentNumberScheduled")),
    ("batch", "Job"): (("spec", "parallelism"), ("status", "active")),
    ("apps", "ReplicaSet"): (("spec", "replicas"), ("status", "replicas")),
}
"""Where a kind says how many pods it wants, one if it does not say, and how many it has."""


@dataclass(frozen=True)
class _Refusal:
    message: str
    since: datetime | None


def admission_trouble(thing: Thing, observation: Observation) -> Finding | None:
    """Why pods of the workload cannot be made, None if they can or nobody has tried yet."""
    is_deployment = group_kind(thing) == ("apps", "Deployment")
    refusal = _of_deployment(thing, observation) if is_deployment else _refused(thing, observation)
    if refusal is None:
        return None
    message = _CONTROLLERS_WORDS.sub("", refusal.message)
    return read(message, REFUSALS, age=_age(message, refusal, observation))


def _of_deployment(thing: Thing, observation: Observation) -> _Refusal | None:
    """The refusal that its ReplicaSet met, or the making of that ReplicaSet.

    A Deployment repeats the refusal of any of its ReplicaSets, an old one's too, so it is asked only without them.
    """
    maker, progress = replica_set_of(thing, observation), condition(thing, "Progressing")
    if maker:
        return _refused(maker, observation)
    if progress.is_false and progress.reason == "ReplicaSetCreateError":
        return _Refusal(progress.message, progress.since)
    return None if observation.replica_sets else _told_by_condition(thing)


def _age(message: str, refusal: _Refusal, observation: Observation) -> float:
    """For how long the refusal stands; a quota that alone is too small never passes, one full of ending pods may."""
    quota = re.search(QUOTA, message)
    if quota is None:
        return observation.seconds_since(refusal.since)
    asked, limits = amounts(quota[2]), amounts(quota[4])
    if any(size > limits.get(resource, size) for resource, size in asked.items()):
        return _FOR_EVER
    is_freed = any(text(pod, "metadata", "deletionTimestamp") for pod in observation.pods)
    return 0.0 if is_freed else observation.seconds_since(refusal.since)


def _refused(maker: Thing, observation: Observation) -> _Refusal | None:
    return _told_by_condition(maker) or (_told_by_event(maker, observation) if _lacks_pods(maker) else None)


def _told_by_condition(thing: Thing) -> _Refusal | None:
    failure = condition(thing, "ReplicaFailure")
    is_refused = failure.is_true and failure.reason == "FailedCreate"
    return _Refusal(failure.message, failure.since) if is_refused else None


def _told_by_event(thing: Thing, observation: Observation) -> _Refusal | None:
    """The refusal in the newest event, unless a pod was made, or the object changed, after it."""
    found = happenings(thing, observation)
    refused, made = latest(found, "FailedCreate"), latest(found, "SuccessfulCreate")
    if refused is None or (made is not None and made.last > refused.last):
        return None
    changed = _changed(thing, refused.first)
    first = min(
        each.first for each in found if (each.reason == "FailedCreate" and each.last >= changed) or each is refused
    )
    return _Refusal(refused.message, max(changed, first)) if refused.last >= changed else None


def _lacks_pods(thing: Thing) -> bool:
    wanted, have = _COUNTS.get(group_kind(thing), (("spec", "replicas"), ("status", "replicas")))
    return number(thing, *have) < number(thing, *wanted, default=1)


def _changed(thing: Thing, default: datetime) -> datetime:
    """When the object last became what it is now, apart from its status, as its managed fields say."""
    entries = [each for each in things(thing, "metadata", "managedFields") if not text(each, "subresource")]
    moments = [instant(each, "time") for each in entries] or [instant(thing, "metadata", "creationTimestamp")]
    return max((moment for moment in moments if moment), default=default)
