"""Sums: what all workloads of a set ask for together, held against the quota of the preview, and counted as its cost.

Without this, a Deployment that breaks its quota is accepted, and its pods never appear: the cause stands only in
events of its ReplicaSet.
"""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from domain.costs import Requested
from domain.manifests.kinds import POD_TEMPLATES
from domain.manifests.quantities import MIB, amount
from domain.manifests.refusals import Finding, Rule
from domain.manifests.rules import Rules
from domain.manifests.shapes import at, list_of, text_of

_LASTING = ("Deployment", "StatefulSet")
"""Whose pods run all the time, and therefore together."""


Asked = Callable[[Any], Decimal]
"""What one container asks for of one resource."""


def beyond_quota(objects: Sequence[Any], rules: Rules) -> Iterator[Finding]:
    """A finding for each resource of which the lasting workloads ask more than there is."""
    quota, limits = rules.quota, rules.limits
    resources = {"cpu": (limits.cpu, quota.cpu), "memory": (limits.memory_mib * MIB, quota.memory_mib * MIB)}
    pods = sum(_replicas(one) for one in objects if at(one, "kind") in _LASTING)
    if pods > quota.pods:
        yield Finding("", f"{pods} pods", Rule.QUOTA)
    for name, (usual, most) in resources.items():
        wanted = _together(objects, _limited(name, usual))
        if wanted > Decimal(str(most)):
            yield Finding("", f"{name} of {_written(wanted, name)} in limits", Rule.QUOTA)


def requested(objects: Sequence[Any], rules: Rules) -> Requested:
    """What the cluster reserves for the lasting workloads of a preview, all replicas of them together."""
    limits = rules.limits
    cores = _together(objects, _reserved("cpu", limits.cpu * limits.cpu_share))
    memory = _together(objects, _reserved("memory", limits.memory_mib * limits.memory_share * MIB))
    return Requested(cores=float(cores), memory_mib=float(memory / MIB))


def _together(objects: Sequence[Any], asked: Asked) -> Decimal:
    return sum((_wanted(one, asked) for one in objects), Decimal(0))


def _wanted(content: Any, asked: Asked) -> Decimal:
    kind = text_of(at(content, "kind"))
    if kind not in _LASTING:
        return Decimal(0)
    return _replicas(content) * _pod_amount(at(content, *POD_TEMPLATES[kind], "spec"), asked)


def _pod_amount(pod: Any, asked: Asked) -> Decimal:
    """What one pod is counted for: all of its containers together, or its largest init container if that is more."""
    running = [asked(one) for one in list_of(at(pod, "containers"))]
    starting = list_of(at(pod, "initContainers"))
    # A sidecar is an init container that keeps running.
    running += [asked(one) for one in starting if at(one, "restartPolicy") == "Always"]
    return max([sum(running, Decimal(0)), *(asked(one) for one in starting)])


def _limited(name: str, usual: float) -> Asked:
    """What a container may use of a resource; the usual amount where it does not say."""

    def asked(container: Any) -> Decimal:
        found = amount(container, "limits", name)
        return Decimal(str(usual)) if found is None else found

    return asked


def _reserved(name: str, usual: float) -> Asked:
    """What is reserved of a resource for a container, which is its limit where it states no request but that."""

    def asked(container: Any) -> Decimal:
        stated = (amount(container, field, name) for field in ("requests", "limits"))
        return next((found for found in stated if found is not None), Decimal(str(usual)))

    return asked


def _replicas(content: Any) -> int:
    value = at(content, "spec", "replicas")
    # Whatever is no count, or an absurd one, is refused by the object's own table.
    return value if type(value) is int and 0 <= value < 10**6 else 1


def _written(wanted: Decimal, name: str) -> str:
    return f"{wanted.normalize():f} cores" if name == "cpu" else f"{int(wanted / MIB)} MiB"
