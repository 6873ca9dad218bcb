"""Quantities: amounts of cores and bytes as Kubernetes writes them.

https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from domain.manifests.shapes import mapping_of

MIB = 2**20

_QUANTITY = re.compile(
    r"(\d{1,18}(?:\.\d{0,9})?|\.\d{1,9})(?:[eE]([+-]?\d{1,2})|(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]))?", re.ASCII
)
_SUFFIXES: Mapping[str, Decimal] = {
    **{
        suffix: Decimal(1000) ** power
        for power, suffix in enumerate(("n", "u", "m", "", "k", "M", "G", "T", "P", "E"), -3)
    },
    **{f"{letter}i": Decimal(1024) ** power for power, letter in enumerate("KMGTPE", 1)},
}


def quantity(value: Any) -> Decimal | None:
    """The amount in cores or bytes; None for what is no quantity, and for a negative one."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if isinstance(value, int) and value.bit_length() > 100:  # noqa: PLR2004 - far beyond what has a suffix
        return None
    match = _QUANTITY.fullmatch(str(value))
    if match is None:
        return None
    return Decimal(match[1]) * Decimal(10) ** int(match[2] or 0) * _SUFFIXES[match[3] or ""]


def amount(container: Any, field: str, name: str) -> Decimal | None:
    """What a container's `limits` or `requests` say of this resource; None if nothing that can be read."""
    resources = mapping_of(mapping_of(container).get("resources"))
    return quantity(mapping_of(resources.get(field)).get(name))
