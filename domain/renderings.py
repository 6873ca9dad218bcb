"""Renderings: a repository's own manifests, whichever way they are written, and the variables that fill them in.

A chart, an overlay or plain files say how the services run. The definition still names each service, with its image
and whether it is public, so that images are pinned and URLs are known before anything is rendered.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from domain.errors import PermanentError
from domain.phases import Reason

OCI = "oci://"
"""How a chart begins that lies in a registry and not in the repository."""

PREVIEW_VARIABLES = ("url", "host", "namespace", "commit", "number")
"""What may stand in braces in a value: `{url}` and `{host}` are those of the first public service."""

SERVICE_VARIABLES = ("url", "host", "image")
"""What may stand there after a service's name: `{api.url}` and `{api.host}` if it is public, `{api.image}` always."""

# Two braces are a template's of Helm, and a dollar sign is a shell's: neither is ours.
_VARIABLE = re.compile(r"(?<![{$])\{([a-z][a-z0-9-]*(?:\.[a-z]+)?)\}(?!\})")
_PLACEHOLDER = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True, kw_only=True)
class Helm:
    """A chart: a folder of the repository, or `oci://`, a registry's reference and the version.

    `values_files` are files of the repository; `values` are stronger, and may hold our variables.
    """

    chart: str
    values: dict[str, Any] = field(default_factory=dict[str, Any])
    values_files: tuple[str, ...] = ()

    @property
    def release(self) -> str:
        """The name of the release, that of the chart: most charts then name their objects by it alone."""
        name = self.chart.partition("@")[0].rstrip("/").rpartition("/")[2].partition(":")[0].lower()
        return re.sub(r"[^a-z0-9]+", "-", name)[:40].strip("-") or "preview"


@dataclass(frozen=True, kw_only=True)
class Kustomize:
    """An overlay, a folder of the repository; `${NAME}` in its objects is what `values` says."""

    overlay: str
    values: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, kw_only=True)
class Manifests:
    """Files of the repository, and folders whose files are meant; `${NAME}` in them is what `values` says."""

    files: tuple[str, ...]
    values: dict[str, str] = field(default_factory=dict[str, str])


# Each has a field that no other has, by which Temporal's converter tells them apart.
Rendering = Helm | Kustomize | Manifests
"""How a repository's own manifests are made."""


def filled(value: Any, variables: Mapping[str, str]) -> Any:
    """The value with our variables filled in wherever text stands; braces that hold none stay."""
    match value:
        case str():
            return _VARIABLE.sub(lambda found: variables.get(found[1], found[0]), value)
        case dict():
            return {key: filled(one, variables) for key, one in cast("dict[str, Any]", value).items()}
        case list() | tuple():
            return [filled(one, variables) for one in cast("Sequence[Any]", value)]
        case _:
            return value


def variables_in(text: str) -> tuple[str, ...]:
    """Whatever in this text is written as a variable of ours, known or not."""
    return tuple(_VARIABLE.findall(text))


def substituted(objects: Sequence[Any], values: Mapping[str, str], *, limit: int) -> list[Any]:
    """The objects with `${NAME}` replaced in every text for each name among the values; others stay.

    PermanentError if the texts would grow beyond the limit: few bytes can ask for very many.
    """
    size = sum(_growth(text, values) for one in objects for text in _texts(one))
    if size > limit:
        raise PermanentError(
            f"with their values filled in, the manifests would have more than {limit} bytes; use the values less often",
            reason=Reason.DEFINITION_INVALID,
        )
    return [_substituted(one, values) for one in objects]


def _growth(text: str, values: Mapping[str, str]) -> int:
    return len(text) + sum(len(values.get(name, "")) for name in _PLACEHOLDER.findall(text))


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for one in cast("dict[Any, Any]", value).values():
                yield from _texts(one)
        case list():
            for one in cast("list[Any]", value):
                yield from _texts(one)
        case _:
            return


def _substituted(value: Any, values: Mapping[str, str]) -> Any:
    match value:
        case str():
            return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), value)
        case dict():
            return {key: _substituted(one, values) for key, one in cast("dict[Any, Any]", value).items()}
        case list():
            return [_substituted(one, values) for one in cast("list[Any]", value)]
        case _:
            return value
