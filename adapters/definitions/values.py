"""The values that a definition is made of: what each may be, and a sentence of cure for when it is not.

Patterns keep to what JSON Schema knows, so that schema.py can tell the same to an editor.
"""

import re
import shlex
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from durationpy import from_str as duration  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType] - it has no types
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    StrictBool,
    StrictInt,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, core_schema

from domain.names import SERVICE_LIMIT

_MILLICORES = re.compile(r"^([5-9][0-9]|[1-9][0-9]{2,3}|[1-5][0-9]{4}|6[0-3][0-9]{3}|64000)m$")
_MIB = {"Mi": 1, "Gi": 1024}


@dataclass(frozen=True)
class Says:
    """What is said in place of pydantic's own words when a value does not fit: what it is not, and the cure."""

    sentence: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The value's own schema, whatever fails in it told by this sentence."""
        return core_schema.custom_error_schema(handler(source), "said", custom_error_message=self.sentence)


def _words(value: Any) -> Any:
    return shlex.split(value) if isinstance(value, str) else value


def _written(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else value


def _cores(value: Any) -> Any:
    if isinstance(value, str):
        return int(value[:-1]) / 1000 if _MILLICORES.match(value) else None
    return _no_truth(value)


def _no_truth(value: Any) -> Any:
    # To Python, `true` is 1.
    return None if isinstance(value, bool) else value


def _mib(value: str) -> int:
    return int(value[:-2]) * _MIB[value[-2:]]


def _hours(value: str) -> int:
    return int(duration(value).total_seconds()) // 3600


_WORD = {"type": "string", "minLength": 1}
Words = Annotated[
    tuple[Annotated[str, Field(min_length=1)], ...],
    Field(min_length=1),
    BeforeValidator(_words),
    WithJsonSchema(
        {"anyOf": [{"type": "string", "pattern": r"[^\s]"}, {"type": "array", "items": _WORD, "minItems": 1}]}
    ),
    Says("is no command; write it as in a shell, such as `python3 -m shop.web`, or as a list of words"),
]
Name = Annotated[
    str,
    Field(pattern=r"^[a-z][a-z0-9]*(-[0-9]*[a-z][a-z0-9]*)*$", max_length=SERVICE_LIMIT),
    Says(
        f"is no name of a service; write at most {SERVICE_LIMIT} small letters, digits and single hyphens, "
        "a letter first and in every part, such as `web`"
    ),
]
ImageTemplate = Annotated[
    str,
    Field(pattern=r"^([^\s{}]|\{number\}|\{commit\})+$", max_length=300),
    Says(
        "is no image; write a reference such as registry.example.com/shop/web:{commit}, "
        "in which only {number} and {commit} are filled in"
    ),
]
Port = Annotated[
    StrictInt, Field(ge=1, le=65535), Says("is no port; write a whole number from 1 to 65535, such as 8000")
]
Public = Annotated[StrictBool, Says("says neither yes nor no; write true or false")]
HealthPath = Annotated[
    str,
    Field(pattern=r"^/([!-.0-~][!-~]*)?$", max_length=200),
    Says("is no path of a URL; write one that begins with one `/`, such as /healthz"),
]
VariableName = Annotated[
    str,
    Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=100),
    Says("is no name of a variable; write letters, digits and underscores, such as API_URL"),
]
Text = Annotated[
    str,
    Field(max_length=4000),
    BeforeValidator(_written),
    WithJsonSchema({"anyOf": [{"type": "string", "maxLength": 4000}, {"type": "boolean"}, {"type": "integer"}]}),
    Says("is no text of at most 4000 characters; put it into quotes"),
]
Path = Annotated[
    str,
    Field(pattern=r"^[^/\\][^\\]*$", max_length=300),
    Says("is no path inside the repository; write it from the root, without `..`, such as migrations"),
]
Chart = Annotated[
    str,
    Field(
        pattern=r"^(oci://[A-Za-z0-9][A-Za-z0-9.:/_-]*/[a-z0-9][a-z0-9._-]*(:[A-Za-z0-9_][A-Za-z0-9._-]*|@sha256:[0-9a-f]{64})"
        r"|[A-Za-z0-9_.][^\\:]*)$",
        max_length=300,
    ),
    Says(
        "is no chart; write a folder of the repository such as deploy/chart, "
        "or a reference with its version such as oci://registry.example.com/charts/shop:1.2.3"
    ),
]
Files = Annotated[
    tuple[Path, ...],
    Field(min_length=1, max_length=20),
    Says("is no list of paths; write one to 20 files or folders, such as [deploy/preview]"),
]
Paths = Annotated[tuple[Path, ...], Field(max_length=20), Says("is no list of paths; write them such as [seed]")]
Secrets = Annotated[
    tuple[Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$")], ...],
    Field(max_length=20),
    Says("is no list of names of Secrets; write them such as [stripe]"),
]
Cores = Annotated[
    float,
    Field(ge=0.05, le=64),
    BeforeValidator(_cores),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0.05, "maximum": 64},
                {"type": "string", "pattern": _MILLICORES.pattern},
            ]
        }
    ),
    Says("is no number of cores; write one from 0.05 to 64, such as 0.5 or 500m"),
]
Memory = Annotated[
    str,
    Field(pattern=r"^[1-9][0-9]{0,5}(Mi|Gi)$"),
    AfterValidator(_mib),
    Says("is no amount of memory; write it such as 512Mi or 2Gi"),
]
Processes = Annotated[
    StrictInt, Field(ge=1, le=4096), Says("is no number of processes; write a whole number from 1 to 4096, such as 64")
]
Lifetime = Annotated[
    str,
    Field(pattern=r"^([1-9][0-9]{0,3}[hdw])+$", max_length=20),
    AfterValidator(_hours),
    Says("is no lifetime; write hours, days and weeks such as 48h, 7d or 1w12h"),
]
Version = Annotated[Literal[1], BeforeValidator(_no_truth), Says("is no version of a definition; write 1")]
