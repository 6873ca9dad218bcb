"""Sums: what the cluster reserves for all workloads of a set, by which a preview's cost is counted."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from domain.costs import Requested
from domain.manifests.kinds import POD_TEMPLATES
from domain.manifests.loads import Asked, pod_amount, replicas
from domain.manifests.quantities import MIB, amount
from domain.manifests.rules import Rules
from domain.manifests.shapes import at, text_of

_LASTING = ("Deployment", "StatefulSet")
"""Whose pods run all the time, and therefore together."""


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
    return replicas(content) * pod_amount(at(content, *POD_TEMPLATES[kind], "spec"), asked)


def _reserved(name: str, usual: float) -> Asked:
    """What is reserved of a resource for a container, which is its limit where it states no request but that."""

    def asked(container: Any) -> Decimal:
        stated = (amount(container, field, name) for field in ("requests", "limits"))
        return next((found for found in stated if found is not None), Decimal(str(usual)))

    return asked
