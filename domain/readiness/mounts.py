"""Mounts: why a pod that has its node does not start, which stands in the pod's events only.

Source: kubernetes, `pkg/kubelet/events/event.go` (FailedMount, FailedAttachVolume, FailedCreatePodSandBox). The kubelet
tries again after 0.5 s, then twice as long each time; a Secret that comes late cures the pod.
"""

from domain.readiness import patience
from domain.readiness.containers import containers
from domain.readiness.fields import Thing, text
from domain.readiness.happenings import happenings, latest
from domain.readiness.observations import Observation
from domain.readiness.rules import Rule, read
from domain.readiness.verdicts import Finding

_WAITING = frozenset({"", "ContainerCreating", "PodInitializing"})
_REASONS = ("FailedMount", "FailedAttachVolume", "FailedMapVolume", "FailedCreatePodSandBox")
_RULES = (
    Rule(
        r'\b(secret|configmap) "([^"]{1,253})" not found',
        "its pod mounts the {0} {1}, which does not exist",
        "Add the {0} {1} to the preview, or let the operator provide it.",
        patience.MISSING,
    ),
    Rule(
        r"references non-existent (secret|config) key: (\S{1,253})",
        "its pod mounts the key {1} of a {0}, which has no such key",
        "Add the key {1}, or mount one that is there.",
        patience.MISSING,
    ),
    Rule(
        r"Multi-Attach error",
        "its volume is still attached to another node",
        "Use the strategy Recreate for what owns a volume, or a volume that several nodes may have.",
        patience.NETWORK,
    ),
    Rule(
        r"pod sandbox",
        "the node cannot make its pod: {said}",
        "The operator should look at the node and its network.",
        patience.NETWORK,
    ),
    Rule(
        "", "its volume cannot be mounted: {said}", "The operator should look at the volume's driver.", patience.NETWORK
    ),
)


def mount_trouble(pod: Thing, observation: Observation) -> Finding | None:
    """Why none of the pod's containers was started, None if one was or nothing is known."""
    is_placed = text(pod, "status", "phase") == "Pending" and bool(text(pod, "spec", "nodeName"))
    if not is_placed or any(each.waiting not in _WAITING or each.ends for each in containers(pod)):
        return None
    said = latest(happenings(pod, observation), *_REASONS)
    return read(said.message, _RULES, age=observation.age(pod)) if said else None
