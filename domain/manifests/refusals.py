"""Refusals: what of a set of manifests is not allowed, where it stands, which rule forbids it, and what to do."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from domain.escaping import one_line

_LONGEST_VALUE = 80
_LONGEST_PATH = 160


class Rule(StrEnum):
    """What a manifest can break; docs and admission use the same words."""

    SHAPE = "shape"
    SIZE = "size"
    COUNT = "count"
    DUPLICATE = "duplicate"
    KIND = "kind"
    FIELD = "field"
    NAME = "name"
    RESERVED = "reserved-name"
    NAMESPACE = "namespace"
    MARK = "mark"
    LABEL = "label"
    ANNOTATION = "annotation"
    OWNERSHIP = "ownership"
    HOST = "host"
    GATEWAY = "gateway"
    CLASS = "ingress-class"
    BACKEND = "backend"
    CERTIFICATE = "certificate"
    PATH = "path"
    FILTER = "filter"
    SERVICE_TYPE = "service-type"
    ADDRESS = "service-address"
    IMAGE = "image"
    REGISTRY = "registry"
    HOST_NAMESPACE = "host-namespace"
    HOST_PORT = "host-port"
    PROBE_HOST = "probe-host"
    PRIVILEGE = "privilege"
    CAPABILITY = "capability"
    ROOT = "root"
    PROFILE = "profile"
    KERNEL = "kernel"
    EPHEMERAL = "ephemeral-container"
    PLACEMENT = "placement"
    PRIORITY = "priority"
    RUNTIME = "runtime-class"
    GRACE = "grace"
    TOKEN = "token"  # noqa: S105 - a word for a rule
    ACCOUNT = "service-account"
    SECRET = "secret"  # noqa: S105 - the same
    SECRET_TYPE = "secret-type"  # noqa: S105 - the same
    VOLUME = "volume"
    DEVICE = "device"
    STORAGE = "storage"
    RESOURCES = "resources"
    QUOTA = "quota"
    DISRUPTION = "disruption"


@dataclass(frozen=True)
class Finding:
    """A value at a path of an object, and the rule that it breaks."""

    path: str
    value: Any
    rule: Rule


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """One thing that is not allowed. All of it is text for one line, and no value of a Secret stands in it."""

    file: str
    object: str
    field: str
    value: str
    rule: Rule
    cure: str

    def __str__(self) -> str:
        place = f"{self.file}: {self.object}" + (f": {self.field}" if self.field else "")
        return f"{place}: {self.value} is not allowed ({self.rule}); {self.cure}"


def told(refused: Sequence[Refusal], limit: int) -> str:
    """The refusals, one a line, as many as fit into so many characters, and how many more there are."""
    lines: list[str] = []
    room = limit - len("…and 1000 more")
    for refusal in refused:
        room -= len(str(refusal)) + 1
        if room < 0 and lines:
            break
        lines.append(str(refusal))
    left = len(refused) - len(lines)
    return "\n".join([*lines, *([f"…and {left} more"] if left else [])])


def shown(value: Any) -> str:
    """The value as JSON if it is a plain one, else what it is: a mapping may hold what nobody should read."""
    match value:
        case str():
            return json.dumps(one_line(value, _LONGEST_VALUE), ensure_ascii=False)
        case None | bool() | float():
            return one_line(json.dumps(value), _LONGEST_VALUE)
        case int():
            # Python refuses to write an integer of more than 4,300 digits.
            return str(value) if abs(value) < 10**_LONGEST_VALUE else "a huge number"
        case dict():
            return "this mapping"
        case list():
            return "this list"
        case _:
            return f"a value of type {type(value).__name__}"


def shown_path(path: str) -> str:
    """The path in one line; its keys were written by a stranger too."""
    return one_line(path, _LONGEST_PATH)
