"""Tells in a sentence, with the cure, what pydantic found wrong with the plain value of a file."""

import difflib
from typing import Any

from pydantic_core import ErrorDetails

from adapters.definitions.shapes import (
    DatabaseShape,
    DefinitionShape,
    HelmShape,
    KustomizeShape,
    ManifestsShape,
    ResourcesShape,
    ServiceShape,
)
from adapters.documents.parsing import Document
from adapters.documents.problems import Place, Problem, dotted, quotable, quoted

_KEY = "[key]"
_TOP = {"database": DatabaseShape, "helm": HelmShape, "kustomize": KustomizeShape, "manifests": ManifestsShape}
_MISSING = {
    "version": "write version: 1",
    "services": "write at least one service with its command",
    "chart": "write the folder of the chart, such as deploy/chart",
    "overlay": "write the folder of the overlay, such as deploy/preview",
    "files": "write the files or folders, such as [deploy/preview]",
}


def explained(document: Document, error: ErrorDetails) -> Problem:
    """The problem that one error of pydantic's stands for."""
    place: Place = tuple(part for part in error["loc"] if part != _KEY)
    return Problem(document.line(place), dotted(place), _sentence(error, place))


def _sentence(error: ErrorDetails, place: Place) -> str:
    value = quoted(error["input"])
    last = str(place[-1]) if place else ""
    limits: dict[str, Any] = error.get("ctx", {})
    match error["type"]:
        case "missing":
            return f"is missing; {_MISSING.get(last, 'write it')}"
        case "extra_forbidden":
            return _unknown(last, place)
        case "too_short":
            return f"is empty; {_MISSING.get(last, 'write at least one')}"
        case "too_long":
            return f"holds {limits['actual_length']}; write at most {limits['max_length']}"
        case "dict_type":
            return f"{value} is no mapping; write lines such as `name: value`, indented by two more spaces"
        case _:
            return f"{value} {error['msg']}"


def _unknown(name: str, place: Place) -> str:
    known = sorted(_closed(place).__annotations__)
    close = difflib.get_close_matches(name, known, n=1)
    cure = f"did you mean {close[0]}?" if close else f"write one of {', '.join(known)}"
    return f"{quotable(name)} is not known here; {cure}"


def _closed(place: Place) -> Any:
    """The shape that has no field of the name at the end of this place."""
    match place:
        case (_,):
            return DefinitionShape
        case ("services", _, _):
            return ServiceShape
        case ("services", _, "resources", _):
            return ResourcesShape
        case _:
            return _TOP[str(place[0])]
