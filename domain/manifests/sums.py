"""Sums: what all workloads of a set ask for together, held against the quota of the preview.

Without this, a Deployment that breaks its quota is accepted, and its pods never appear: the cause stands only in
events of its ReplicaSet.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from domain.manifests.kinds import POD_TEMPLATES
from domain.manifests.quantities import MIB, amount
from domain.manifests.refusals import Finding, Rule
from domain.manifests.rules import Rules
from domain.manifests.shapes import at, list_of, text_of

_LASTING = ("Deployment", "StatefulSet")
"""Whose pods run all the time, and therefore together."""


def beyond_quota(objects: Sequence[Any], rules: Rules) -> Iterator[Finding]:
    """A finding for each resource of which the lasting workloads ask more than there is."""
    quota, limits = rules.quota, rules.limits
    resources = {"cpu": (limits.cpu, quota.cpu), "memory": (limits.memory_mib * MIB, quota.memory_mib * MIB)}
    pods = sum(_replicas(one) for one in objects if at(one, "kind") in _LASTING)
    if pods > quota.pods:
        yield Finding("", f"{pods} pods", Rule.QUOTA)
    for name, (usual, most) in resources.items():
        wanted = sum((_wanted(one, name, Decimal(str(usual))) for one in objects), Decimal(0))
        if wanted > Decimal(str(most)):
            yield Finding("", f"{name} of {_written(wanted, name)} in limits", Rule.QUOTA)


def _wanted(content: Any, name: str, usual: Decimal) -> Decimal:
    kind = text_of(at(content, "kind"))
    if kind not in _LASTING:
        return Decimal(0)
    pod = at(content, *POD_TEMPLATES[kind], "spec")
    return _replicas(content) * pod_amount(pod, name, usual)


def pod_amount(pod: Any, name: str, usual: Decimal) -> Decimal:
    """What one pod is counted for: all of its containers together, or its largest init container if that is more."""
    running = [_limit(one, name, usual) for one in list_of(at(pod, "containers"))]
    starting = list_of(at(pod, "initContainers"))
    # A sidecar is an init container that keeps running.
    running += [_limit(one, name, usual) for one in starting if at(one, "restartPolicy") == "Always"]
    return max([sum(running, Decimal(0)), *(_limit(one, name, usual) for one in starting)])


def _limit(container: Any, name: str, usual: Decimal) -> Decimal:
    found = amount(container, "limits", name)
    return usual if found is None else found


def _replicas(content: Any) -> int:
    value = at(content, "spec", "replicas")
    # Whatever is no count, or an absurd one, is refused by the object's own table.
    return value if type(value) is int and 0 <= value < 10**6 else 1


def _written(wanted: Decimal, name: str) -> str:
    return f"{wanted.normalize():f} cores" if name == "cpu" else f"{int(wanted / MIB)} MiB"
