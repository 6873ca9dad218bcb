"""Reads `.matinee.yaml`: YAML, then its shape, then its meaning; everything that is wrong is told at once."""

from typing import Any, cast

from pydantic import ValidationError

from adapters.definitions.explaining import explained
from adapters.definitions.meanings import contradictions
from adapters.definitions.parsing import parse
from adapters.definitions.problems import refusal
from adapters.definitions.shapes import SHAPE, DefinitionShape, ServiceShape
from adapters.documents.parsing import Document
from adapters.documents.problems import Problem, Unreadable
from domain.definitions import DatabaseDefinition, Definition, Resources, Service
from domain.renderings import Helm, Kustomize, Manifests, Rendering


class YamlDefinitions:
    """The port Definitions for YAML files of version 1."""

    def read(self, content: bytes) -> Definition:
        """The definition; PermanentError(DEFINITION_INVALID) that names every line, field, value and cure."""
        try:
            document = parse(content)
        except Unreadable as error:
            raise refusal([error.problem]) from error
        definition = shaped(document)
        problems = contradictions(definition, document)
        if problems:
            raise refusal(problems)
        return definition


def shaped(document: Document) -> Definition:
    """The definition of a document, contradictions and all; PermanentError for what a schema could refuse too."""
    try:
        return _definition(SHAPE.validate_python({} if document.value is None else document.value))
    except ValidationError as error:
        problems = [explained(document, detail) for detail in error.errors(include_url=False)]
        raise refusal([*problems, *_newer(document)]) from error


def _newer(document: Document) -> list[Problem]:
    """A word to whoever wrote a later version, whose other fields then seem unknown."""
    version: Any = cast("dict[str, Any]", document.value).get("version") if isinstance(document.value, dict) else None
    later = isinstance(version, int) and version > 1
    return [Problem(document.line(("version",)), "", "this Matinee reads version 1 only")] if later else []


def _definition(shape: DefinitionShape) -> Definition:
    database = shape.get("database")
    return Definition(
        version=shape["version"],
        services=tuple(_service(name, service) for name, service in shape["services"].items()),
        database=None if database is None else DatabaseDefinition(**database),
        flags=shape.get("flags", {}),
        lifetime_hours=cast("int | None", shape.get("lifetime")),
        rendering=_rendering(shape),
    )


def _rendering(shape: DefinitionShape) -> Rendering | None:
    """The first of what makes manifests; that there is only one is a question of meaning."""
    if "helm" in shape:
        return Helm(**shape["helm"])
    if "kustomize" in shape:
        return Kustomize(**shape["kustomize"])
    return Manifests(**shape["manifests"]) if "manifests" in shape else None


def _service(name: str, shape: ServiceShape) -> Service:
    fields = cast("dict[str, Any]", {key: value for key, value in shape.items() if key != "resources"})
    return Service(name=name, **fields, resources=_resources(cast("dict[str, Any]", shape.get("resources", {}))))


def _resources(shape: dict[str, Any]) -> Resources:
    own_names = {"memory": "memory_mib"}
    return Resources(**{own_names.get(key, key): value for key, value in shape.items()})
