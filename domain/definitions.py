"""The definition: what a repository's `.matinee.yaml` says about how to run it, version 1.

These are plain frozen dataclasses. The adapter that reads the file validates them with pydantic, which is
where limits and patterns are enforced; nothing here trusts that a value is safe to put into a shell or a URL.
"""

import re
from dataclasses import dataclass, field

from domain.renderings import Rendering

DEFINITION_PATH = ".matinee.yaml"
"""Where a repository says how to run it, from its root."""

_REFERENCE = re.compile(r"\{([a-z][a-z0-9-]*)\.url\}")


@dataclass(frozen=True, kw_only=True)
class Resources:
    """The most that one service may use: cores, and MiB of memory."""

    cpu: float = 0.5
    memory_mib: int = 512
    processes: int = 64


@dataclass(frozen=True, kw_only=True)
class Service:
    """One process of the application.

    Exactly one of `image` and `build` is given: `image` is a reference, which may hold `{number}` and
    `{commit}`; `build` is a command, run in the commit's tree, after which `command` can start. `secrets` name Secrets
    that the platform gives to previews of the repository; each of their keys becomes a variable.
    """

    name: str
    command: tuple[str, ...] = ()
    image: str | None = None
    build: tuple[str, ...] | None = None
    port: int | None = None
    public: bool = False
    health: str = "/"
    environment: dict[str, str] = field(default_factory=dict[str, str])
    secrets: tuple[str, ...] = ()
    resources: Resources = Resources()


@dataclass(frozen=True, kw_only=True)
class DatabaseDefinition:
    """The preview's own database: how it is migrated and seeded, and which variable tells a service where it is.

    `service` names the service in whose image `migrate` and `seed` run. `migrations` is the folder that says
    which migrations a commit has; `seed_files` are further paths whose change makes a new seed.
    """

    kind: str = "postgres"
    service: str = ""
    migrate: tuple[str, ...] = ()
    migrations: str = ""
    seed: tuple[str, ...] = ()
    seed_files: tuple[str, ...] = ()
    variable: str = "DATABASE_URL"


@dataclass(frozen=True, kw_only=True)
class Definition:
    """A whole `.matinee.yaml`. The first public service is the primary one and has the preview's own host.

    With a `rendering`, the repository's own manifests say how the services run, and `services` only which there are.
    """

    version: int
    services: tuple[Service, ...]
    database: DatabaseDefinition | None = None
    flags: dict[str, str] = field(default_factory=dict[str, str])
    lifetime_hours: int | None = None
    rendering: Rendering | None = None

    def service(self, name: str) -> Service:
        """The service of that name; KeyError if there is none."""
        return next(service for service in self.services if service.name == name) if name else self.services[0]

    @property
    def migration(self) -> Resources | None:
        """What the command may use that migrates at every push, None if there is none."""
        database = self.database
        return self.service(database.service).resources if database and database.migrate else None

    @property
    def public(self) -> tuple[Service, ...]:
        """The services with a URL, the primary one first."""
        return tuple(service for service in self.services if service.public)


@dataclass(frozen=True)
class ServiceUrl:
    """Where a public service of a preview answers, and the path that is healthy when it answers 200."""

    service: str
    url: str
    health: str = "/"


def references(service: Service) -> frozenset[str]:
    """The names of the services whose URLs this service's environment refers to."""
    return frozenset(name for value in service.environment.values() for name in _REFERENCE.findall(value))


def environment_of(service: Service, urls: tuple[ServiceUrl, ...]) -> dict[str, str]:
    """The service's own variables with `{name.url}` filled in, and `MATINEE_URL_<NAME>` for every public one."""
    by_name = {url.service: url.url for url in urls}
    siblings = {f"MATINEE_URL_{name.upper().replace('-', '_')}": url for name, url in by_name.items()}
    own = {name: _REFERENCE.sub(lambda match: by_name[match[1]], value) for name, value in service.environment.items()}
    return siblings | own
