"""Quantities: amounts as Kubernetes writes them (`500m`, `2Gi`), so that two can be compared.

Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
"""

import re
from decimal import Decimal

_QUANTITY = re.compile(r"(\d{1,20}(?:\.\d{1,20})?)(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?")
_BINARY = {f"{letter}i": Decimal(1024) ** power for power, letter in enumerate("KMGTPE", start=1)}
_DECIMAL = {letter: Decimal(1000) ** power for power, letter in enumerate("kMGTPE", start=1)}
_SMALL = {"m": Decimal("1e-3"), "u": Decimal("1e-6"), "n": Decimal("1e-9"), "": Decimal(1)}
_UNITS = _BINARY | _DECIMAL | _SMALL


def amount(quantity: str) -> Decimal | None:
    """The amount in cores, bytes or pieces; None for what is no quantity."""
    found = _QUANTITY.fullmatch(quantity)
    return Decimal(found[1]) * _UNITS[found[2] or ""] if found else None


def amounts(listed: str) -> dict[str, Decimal]:
    """The amounts of a list such as `limits.cpu=4,limits.memory=2Gi`, by resource; what cannot be read is left out."""
    pairs = [pair.partition("=") for pair in listed.split(",")]
    found = {resource.strip(): amount(quantity.strip()) for resource, _, quantity in pairs}
    return {resource: size for resource, size in found.items() if size is not None}
