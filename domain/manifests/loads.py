"""Loads: what of the preview's quota an object can take at one time, as Kubernetes counts it.

https://kubernetes.io/docs/concepts/policy/resource-quotas/: pods are counted from when they are made until they have
ended, so the new pods of an update stand beside the old ones, and a Job's beside everything else.
"""

import re
from collections.abc import Callable
from dataclasses import astuple, dataclass
from decimal import Decimal
from typing import Any

from domain.manifests.kinds import POD_TEMPLATES
from domain.manifests.quantities import MIB, amount, quantity
from domain.manifests.rules import Rules
from domain.manifests.shapes import at, list_of, mapping_of, text_of

_PERCENT = re.compile("[0-9]{1,4}%", re.ASCII)
_USUAL_SURGE = "25%"
_ABSURD = 10**6

Asked = Callable[[Any], Decimal]
"""What one container asks for of one resource."""


@dataclass(frozen=True)
class Load:
    """Cores and bytes in limits, pods, claims, and bytes of what is claimed."""

    cpu: Decimal = Decimal(0)
    memory: Decimal = Decimal(0)
    pods: int = 0
    claims: int = 0
    storage: Decimal = Decimal(0)

    def __add__(self, other: "Load") -> "Load":
        return Load(*(one + two for one, two in zip(astuple(self), astuple(other), strict=True)))

    def __or__(self, other: "Load") -> "Load":
        """The larger of each, for what does not stand beside the other."""
        return Load(*(max(one, two) for one, two in zip(astuple(self), astuple(other), strict=True)))

    def times(self, count: int) -> "Load":
        """So many of it."""
        return Load(*(one * count for one in astuple(self)))


def load_of(content: Any, rules: Rules) -> Load:
    """The most that this object takes at one time, while it is updated too."""
    kind = text_of(at(content, "kind"))
    if kind == "PersistentVolumeClaim":
        return _claim(at(content, "spec"))
    pod = at(content, *POD_TEMPLATES.get(kind, ()), "spec")
    match kind:
        case "Deployment":
            return _pod(pod, rules).times(replicas(content) + surge(content))
        case "StatefulSet":
            claims = [_claim(at(one, "spec")) for one in list_of(at(content, "spec", "volumeClaimTemplates"))]
            return sum(claims, _pod(pod, rules)).times(replicas(content))
        case "Job":
            return _pod(pod, rules).times(_at_once(at(content, "spec")))
        case "CronJob" if at(content, "spec", "suspend") is not True:
            return _pod(pod, rules).times(_at_once(at(content, "spec", "jobTemplate", "spec")))
        case _:
            return Load()


def replicas(content: Any) -> int:
    """How many pods it keeps running."""
    return _count(at(content, "spec", "replicas"), 1)


def surge(content: Any) -> int:
    """How many pods of a new template a Deployment may have more than its replicas; percentages are rounded up."""
    if at(content, "spec", "strategy", "type") == "Recreate":
        return 0
    written = mapping_of(at(content, "spec", "strategy", "rollingUpdate")).get("maxSurge", _USUAL_SURGE)
    if isinstance(written, str) and _PERCENT.fullmatch(written):
        return -(-replicas(content) * int(written[:-1]) // 100)
    return _count(written, 0)


def pod_amount(pod: Any, asked: Asked) -> Decimal:
    """What one pod is counted for: its containers with its sidecars, or what starts before them if that is more."""
    sidecars, most = Decimal(0), Decimal(0)
    for one in list_of(at(pod, "initContainers")):
        most = max(most, sidecars + asked(one))
        # A sidecar is an init container that keeps running, beside those that start after it too.
        sidecars += asked(one) if at(one, "restartPolicy") == "Always" else 0
    return max(most, sum((asked(one) for one in list_of(at(pod, "containers"))), sidecars))


def _pod(pod: Any, rules: Rules) -> Load:
    limits, volumes = rules.limits, [at(one, "ephemeral") for one in list_of(at(pod, "volumes"))]
    own = Load(
        pod_amount(pod, _limited("cpu", Decimal(str(limits.cpu)))),
        pod_amount(pod, _limited("memory", Decimal(limits.memory_mib * MIB))),
        pods=1,
    )
    return sum((_claim(at(one, "volumeClaimTemplate", "spec")) for one in volumes if one), own)


def _claim(spec: Any) -> Load:
    requested = mapping_of(at(spec, "resources", "requests")).get("storage")
    return Load(claims=1, storage=quantity(requested) or Decimal(0))


def _limited(name: str, usual: Decimal) -> Asked:
    """What a container may use of a resource; the usual amount where it does not say."""

    def asked(container: Any) -> Decimal:
        found = amount(container, "limits", name)
        return usual if found is None else found

    return asked


def _at_once(spec: Any) -> int:
    """How many pods of a Job run together: no more than are still to be completed."""
    if at(spec, "suspend") is True:
        return 0
    parallelism = _count(at(spec, "parallelism"), 1)
    return min(parallelism, _count(at(spec, "completions"), parallelism))


def _count(value: Any, otherwise: int) -> int:
    # Whatever is no count, or an absurd one, is refused by the object's own table.
    return value if type(value) is int and 0 <= value < _ABSURD else otherwise
