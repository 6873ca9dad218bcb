"""What the file may hold: the surface that people write.

The names of fields are those of the domain's dataclasses (domain/definitions.py), which also own every default:
what the file leaves out is left out here. What no schema can say is in meanings.py.
"""

from itertools import combinations
from typing import Annotated, Any, Literal, NotRequired

from pydantic import ConfigDict, Field, TypeAdapter
from typing_extensions import TypedDict  # Pydantic cannot read the one in Python 3.11.

from adapters.definitions.values import (
    Chart,
    Cores,
    Files,
    HealthPath,
    ImageTemplate,
    Lifetime,
    Memory,
    Name,
    Path,
    Paths,
    Port,
    Processes,
    Public,
    Says,
    Secrets,
    Text,
    VariableName,
    Version,
    Words,
)

RENDERINGS = ("helm", "kustomize", "manifests")
"""The fields that name a repository's own manifests. At most one of them is there."""


class ResourcesShape(TypedDict, total=False):
    """The most that one service may use."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # pyright: ignore[reportGeneralTypeIssues] - how pydantic has it

    cpu: Cores
    memory: Memory
    processes: Processes


class ServiceShape(TypedDict, total=False):
    """One process of the application: exactly one of `image` and `build` says where it comes from."""

    __pydantic_config__ = ConfigDict(  # pyright: ignore[reportGeneralTypeIssues] - as above
        extra="forbid", json_schema_extra={"oneOf": [{"required": ["image"]}, {"required": ["build"]}]}
    )

    image: ImageTemplate
    build: Words
    command: Words
    port: Port
    public: Public
    health: HealthPath
    environment: Annotated[dict[VariableName, Text], Field(max_length=100)]
    secrets: Secrets
    resources: ResourcesShape


class DatabaseShape(TypedDict, total=False):
    """The preview's own database: how it is seeded and migrated, and who is told where it is."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # pyright: ignore[reportGeneralTypeIssues] - as above

    kind: Annotated[Literal["postgres"], Says("is no kind of database that version 1 knows; write postgres")]
    service: Name
    migrate: Words
    migrations: Path
    seed: Words
    seed_files: Paths
    variable: VariableName


_Values = Annotated[dict[VariableName, Text], Field(max_length=100)]


class HelmShape(TypedDict):
    """A chart that says how the services run."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # pyright: ignore[reportGeneralTypeIssues] - as above

    chart: Chart
    values: NotRequired[dict[str, Any]]
    values_files: NotRequired[Paths]


class KustomizeShape(TypedDict):
    """An overlay of Kustomize that says how the services run."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # pyright: ignore[reportGeneralTypeIssues] - as above

    overlay: Path
    values: NotRequired[_Values]


class ManifestsShape(TypedDict):
    """Manifests that say how the services run."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # pyright: ignore[reportGeneralTypeIssues] - as above

    files: Files
    values: NotRequired[_Values]


_ONE_RENDERING: dict[str, Any] = {"not": {"anyOf": [{"required": list(pair)} for pair in combinations(RENDERINGS, 2)]}}


class DefinitionShape(TypedDict):
    """How Matinee runs a preview of this repository."""

    __pydantic_config__ = ConfigDict(  # pyright: ignore[reportGeneralTypeIssues] - as above
        extra="forbid", title="Matinee definition, version 1", json_schema_extra=_ONE_RENDERING
    )

    version: Version
    services: Annotated[dict[Name, ServiceShape], Field(min_length=1, max_length=10)]
    database: NotRequired[DatabaseShape]
    flags: NotRequired[Annotated[dict[VariableName, Text], Field(max_length=100)]]
    lifetime: NotRequired[Lifetime]
    helm: NotRequired[HelmShape]
    kustomize: NotRequired[KustomizeShape]
    manifests: NotRequired[ManifestsShape]


SHAPE: TypeAdapter[DefinitionShape] = TypeAdapter(DefinitionShape)
"""Validates the plain value of a file."""
