"""Reads manifests as Kubernetes' own programs do, and knows for each object the file that it came from."""

import math
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import Any

from adapters.documents.parsing import Limits, documents
from adapters.documents.problems import Unreadable, quotable
from adapters.rendering.problems import refused
from domain.manifests.policy import Manifest
from domain.manifests.shapes import list_of, mapping_of, text_of

FILE_LIMIT = 1_000_000
"""Bytes of one file of a repository: what is larger belongs into an image."""

OUTPUT_LIMIT = 2_000_000
"""Bytes that a chart or an overlay may make. Reading them takes two seconds, in which others wait."""

OBJECTS_LIMIT = 1000
"""Objects that are read at all; how many a preview may have is for policy to say."""

_SOURCE = re.compile(r"# Source: (\S+)[ \t]*")
_ORIGIN = "config.kubernetes.io/origin"
_PATH = re.compile(r"^path: (?:tree/)?(\S+)$", re.MULTILINE)

_CONSTANTS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]{1,19}", re.ASCII)
_OCTAL = re.compile(r"0o?[0-7]{1,19}", re.ASCII)
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]{1,16}", re.ASCII)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]{1,20}|[0-9]{1,20}(?:\.[0-9]{0,20})?)(?:[eE][-+]?[0-9]{1,3})?", re.ASCII)


def scalar(text: str) -> Any:
    """What kubectl takes this scalar for: `0644` is an octal number, while `yes` and `12:30` are text."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _OCTAL.fullmatch(text) and len(text) > 1:
        return int(text.lstrip("0").removeprefix("o") or "0", 8)
    if _INTEGER.fullmatch(text):
        return int(text)
    if _HEXADECIMAL.fullmatch(text):
        return int(text, 16)
    if _FLOAT.fullmatch(text):
        number = float(text)
        return number if math.isfinite(number) else text
    return text


def from_file(file: str, content: bytes) -> tuple[Manifest, ...]:
    """The objects of a file of the repository."""
    return tuple(_read(content, FILE_LIMIT, file, lambda _line, _content: file))


def from_helm(content: bytes, release: str, chart: str) -> tuple[Manifest, ...]:
    """The objects that a chart rendered, each with the template that Helm names above it."""
    matches = map(_SOURCE.fullmatch, content.decode("utf-8", "replace").split("\n"))
    found = [(line, match[1]) for line, match in enumerate(matches) if match]
    lines = [line for line, _ in found]

    def file(line: int, _content: Any) -> str:
        index = bisect_right(lines, line) - 1
        # Helm writes the chart's own name where the repository has the chart's folder.
        return f"{chart}/{found[index][1].partition('/')[2]}" if index >= 0 else chart

    return tuple(_read(content, OUTPUT_LIMIT, f"what {chart} renders as {release}", file))


def from_kustomize(content: bytes, overlay: str) -> tuple[Manifest, ...]:
    """The objects that an overlay makes, each with the file that it began in."""

    def file(_line: int, content: Any) -> str:
        match = _PATH.search(text_of(_annotations(content).pop(_ORIGIN, "")))
        return match[1] if match else overlay

    return tuple(_read(content, OUTPUT_LIMIT, f"what {overlay} makes", file))


def _annotations(content: Any) -> dict[str, Any]:
    return mapping_of(mapping_of(mapping_of(content).get("metadata")).get("annotations"))


def _read(content: bytes, size: int, what: str, file: Callable[[int, Any], str]) -> Iterator[Manifest]:
    limits = Limits(size=size, depth=60, aliases=1000, nodes=200_000)
    count = 0
    try:
        for document in documents(content, limits, scalar):
            for one in _unpacked(document.value):
                count += 1
                if count > OBJECTS_LIMIT:
                    raise refused(f"{quotable(what)} has more than {OBJECTS_LIMIT} objects; no preview needs so many")
                yield Manifest(file(document.line(()), one), one)
    except Unreadable as error:
        # Of what was rendered the lines are not those of the file, which is named besides.
        places = dict.fromkeys((quotable(file(error.problem.line, None)), quotable(what)))
        raise refused(f"{': '.join(places)}: {error}") from error


def _unpacked(content: Any) -> list[Any]:
    """The objects of a List, as kubectl has it; nothing for an empty document."""
    mapping = mapping_of(content)
    if text_of(mapping.get("kind")).endswith("List") and isinstance(mapping.get("items"), list):
        return list_of(mapping["items"])
    return [] if content is None else [content]
