"""Updates: how far the update of a Deployment has come, and which of its pods answer meanwhile.

The new pods of an update that cannot end keep their share of the preview's quota beside the old ones, which answer. Of
a StatefulSet this is not so: each new pod takes the place of an old one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from domain.readiness.conditions import condition
from domain.readiness.fields import Thing, number, text, uid_of, value
from domain.readiness.observations import REVISION, owned_by, owners

Pod = TypeVar("Pod", bound=Thing)


@dataclass(frozen=True, kw_only=True)
class Update:
    """The update of one Deployment.

    `back` is the older ReplicaSet whose pods answer in place of the newest one's, None if there is none. `is_hopeless`
    says that none answers, of several that have pods. `idle` are the uids of those of which no pod answers. Without
    `is_seen` nothing is known, as the controller has not looked at the newest template yet.
    """

    deployment: Thing
    back: Thing | None = None
    is_hopeless: bool = False
    idle: frozenset[str] = frozenset()
    is_seen: bool = True


def is_complete(deployment: Thing) -> bool:
    """Whether all of its pods are available and of the present template, and no other one is left."""
    counts = ("replicas", "updatedReplicas", "availableReplicas")
    return _is_seen(deployment) and all(number(deployment, "status", name) == _wanted(deployment) for name in counts)


def update_of(deployment: Thing, replica_sets: tuple[Thing, ...]) -> Update:
    """How far its update is; `replica_sets` may be all of the namespace, read after it.

    Nothing is told of one that is paused: what a person holds is not ours to move.
    """
    if not _is_seen(deployment):
        return Update(deployment=deployment, is_seen=False)
    owned = owned_by(deployment, replica_sets)
    answering = [each for each in owned if _available(each)]
    idle = [each for each in owned if not _available(each) and number(each, "status", "replicas")]
    is_hopeless = not answering and len(idle) > 1
    if value(deployment, "spec", "paused") is True or not (answering or is_hopeless):
        return Update(deployment=deployment)
    left = frozenset(map(uid_of, idle))
    if is_hopeless:
        return Update(deployment=deployment, is_hopeless=True, idle=left)
    return Update(deployment=deployment, back=_back(deployment, answering), idle=left)


def left_of(updates: Iterable[Update]) -> frozenset[str]:
    """The uids of all ReplicaSets whose pods are to go."""
    return frozenset[str]().union(*(each.idle for each in updates))


def of_these(pods: Iterable[Pod], replica_sets: Iterable[str]) -> tuple[Pod, ...]:
    """The pods that ReplicaSets of these uids own, those that are being deleted too: the quota counts them."""
    wanted = frozenset(replica_sets)
    return tuple(pod for pod in pods if owners(pod) & wanted)


def is_ending_unready(pod: Thing) -> bool:
    """Whether a pod that is being deleted answers nobody, so that nobody misses it sooner."""
    return bool(text(pod, "metadata", "deletionTimestamp")) and not condition(pod, "Ready").is_true


def _back(deployment: Thing, answering: list[Thing]) -> Thing | None:
    newest = text(deployment, "metadata", "annotations", REVISION)
    present = [each for each in answering if text(each, "metadata", "annotations", REVISION) == newest]
    older = [each for each in answering if each not in present]
    if not older or any(_available(each) >= _wanted(deployment) for each in present):
        return None
    return max(older, key=lambda each: (_available(each), _revision(each)))


def _is_seen(deployment: Thing) -> bool:
    return number(deployment, "status", "observedGeneration") >= number(deployment, "metadata", "generation")


def _wanted(deployment: Thing) -> int:
    return number(deployment, "spec", "replicas", default=1)


def _available(replica_set: Thing) -> int:
    return number(replica_set, "status", "availableReplicas")


def _revision(replica_set: Thing) -> int:
    written = text(replica_set, "metadata", "annotations", REVISION)
    return int(written) if written.isdecimal() else 0
