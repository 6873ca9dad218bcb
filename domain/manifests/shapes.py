"""Shapes: reads JSON that may have any shape, and measures it before anything walks through it.

What a YAML reader returns is more than JSON: dates, sets, keys that are no text, and by its anchors things that
contain themselves or that share a part a billion times. All of that is found here, without recursion.
"""

import math
import re
from collections.abc import Iterator
from typing import Any, cast

from domain.manifests.refusals import Finding, Rule

_DEEPEST = 60
_WIDEST = 64
_ENVELOPE = 4  # Bytes that quotes and commas take, about.

_SURROGATE = re.compile("[\ud800-\udfff]")


def mapping_of(value: Any) -> dict[str, Any]:
    """The value if it is a mapping, else an empty one."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def list_of(value: Any) -> list[Any]:
    """The value if it is a list, else an empty one."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def text_of(value: Any) -> str:
    """The value if it is text, else empty text."""
    return value if isinstance(value, str) else ""


def at(value: Any, *path: str) -> Any:
    """What stands at this path of mappings, or None."""
    for key in path:
        value = mapping_of(value).get(key)
    return value


def measured(value: Any, limit: int) -> tuple[int, tuple[Finding, ...]]:
    """About how many bytes of JSON this is, and what forbids to look further: its size, depth or a foreign type.

    Counting ends at the limit, so that a small text that unfolds into a huge object costs no more than a huge one.
    """
    size, pending = 0, [(value, 0)]
    while pending:
        one, depth = pending.pop()
        size += _own_size(one)
        if size > limit:
            return size, (Finding("", f"more than {limit} bytes", Rule.SIZE),)
        if depth > _DEEPEST:
            return size, (Finding("", f"deeper than {_DEEPEST} levels", Rule.SHAPE),)
        if not _is_json(one):
            return size, (Finding("", one, Rule.SHAPE),)
        pending.extend((inner, depth + 1) for inner in _inner(one))
    return size, ()


def _inner(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        mapping = cast("dict[Any, Any]", value)
        yield from mapping
        yield from mapping.values()
    yield from list_of(value)


def _own_size(value: Any) -> int:
    if isinstance(value, str):
        return len(value.encode(errors="replace")) + _ENVELOPE
    if isinstance(value, int):
        return value.bit_length() // 3 + _ENVELOPE
    return _ENVELOPE


def _is_json(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) for key in cast("dict[Any, Any]", value))
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, str):
        return _SURROGATE.search(value) is None
    if isinstance(value, int):
        # Kubernetes has no larger ones, and Python refuses to write those of thousands of digits.
        return value.bit_length() <= _WIDEST
    return value is None or isinstance(value, list)
