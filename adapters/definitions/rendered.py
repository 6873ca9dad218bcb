"""What no schema can say of a definition whose services are run by the repository's own manifests."""

import difflib
import re
from collections.abc import Iterator, Sequence
from typing import Any, cast

from adapters.definitions.shapes import RENDERINGS
from adapters.documents.problems import Place, quoted
from domain.definitions import Definition, Resources, Service
from domain.renderings import (
    OCI,
    PREVIEW_VARIABLES,
    SERVICE_VARIABLES,
    Helm,
    Kustomize,
    Manifests,
    Rendering,
    variables_in,
)

Finding = tuple[Place, str]
"""Where something is wrong, and a sentence with the cure."""

_SERVICE_VARIABLE = re.compile(rf"([a-z0-9-]+)\.({'|'.join(SERVICE_VARIABLES)})")


def of_rendering(definition: Definition, value: Any) -> Iterator[Finding]:
    """What is wrong with how the manifests are made."""
    rendering = definition.rendering
    if rendering is None:
        return
    written = [name for name in RENDERINGS if name in value]
    for name in written[1:]:
        yield (name,), f"stands beside {written[0]}, and one of them makes the preview; leave the other out"
    kind = written[0]
    for place, path in _paths(rendering):
        if ".." in path.split("/"):
            cure = "write it from the root, without `..`"
            yield (kind, *place), f"{quoted(path)} leads out of the repository; {cure}"
    for place, text in _texts(rendering.values, (kind, "values")):
        yield from _of_text(place, text, definition)


def described(service: Service, definition: Definition) -> Iterator[Finding]:
    """What a service says that its manifests say already, or cannot do without."""
    place = ("services", service.name)
    if service.image is None:
        yield place, "runs on a cluster and has no image; write image: and its reference, so that it can be pinned"
    if service.build is not None:
        yield (*place, "build"), "has no meaning on a cluster, which runs images; write image: in its place"
    database = definition.database
    runs = database is not None and definition.service(database.service or definition.services[0].name) is service
    said = {
        "command": bool(service.command),
        "port": service.port is not None,
        "environment": bool(service.environment) and not runs,
        "secrets": bool(service.secrets) and not runs,
        "resources": service.resources != Resources() and not runs,
    }
    for field in (name for name, is_said in said.items() if is_said):
        yield (*place, field), "is what the repository's own manifests say; write it there, and leave it out here"


def _of_text(place: Place, text: str, definition: Definition) -> Iterator[Finding]:
    for name in variables_in(text):
        match = _SERVICE_VARIABLE.fullmatch(name)
        if match:
            yield from _of_service_variable(place, match[1], match[2], definition)
        elif close := _nearly(name):
            yield place, f"{quoted('{' + name + '}')} is no variable; did you mean {{{close}}}?"


def _nearly(name: str) -> str:
    """The variable that was probably meant; empty for one that exists, and for braces that are none of ours."""
    close = difflib.get_close_matches(name, PREVIEW_VARIABLES, n=1, cutoff=0.8)
    return close[0] if close and name not in PREVIEW_VARIABLES else ""


def _of_service_variable(place: Place, service: str, word: str, definition: Definition) -> Iterator[Finding]:
    """An image is any service's; a URL or a host only a public one's."""
    having = definition.services if word == "image" else definition.public
    names = [one.name for one in having]
    if service not in names:
        kind = "service" if word == "image" else "public service"
        cure = f"write one of {', '.join(names)}" if names else "write public: true at one"
        yield place, f"{quoted('{' + service + '.' + word + '}')} names no {kind}; {cure}"


def _paths(rendering: Rendering) -> Iterator[tuple[Place, str]]:
    match rendering:
        case Helm():
            if not rendering.chart.startswith(OCI):
                yield ("chart",), rendering.chart
            yield from ((("values_files", index), path) for index, path in enumerate(rendering.values_files))
        case Kustomize():
            yield ("overlay",), rendering.overlay
        case Manifests():
            yield from ((("files", index), path) for index, path in enumerate(rendering.files))


def _texts(value: Any, place: Place) -> Iterator[tuple[Place, str]]:
    match value:
        case str():
            yield place, value
        case dict():
            for key, one in cast("dict[str, Any]", value).items():
                yield from _texts(one, (*place, key))
        case list() | tuple():
            for index, one in enumerate(cast("Sequence[Any]", value)):
                yield from _texts(one, (*place, index))
        case _:
            return
