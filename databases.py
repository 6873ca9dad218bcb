"""The part of the composition that is about databases: which adapter each kind of them has."""

import contextlib
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import assert_never

import httpx

from adapters.databases import administering, entering, preparing
from adapters.databases.absent import AbsentDatabase
from adapters.databases.neon.database import NeonDatabase
from adapters.databases.neon.projects import Compute
from adapters.databases.passwords import KeyRing, scram_verifier
from adapters.databases.postgres import PostgresDatabase
from adapters.databases.sessions import Server
from domain.errors import PermanentError, TemporaryError
from domain.phases import Reason
from domain.ports import Database
from domain.preparations import Preparation
from domain.resources import Connection
from sections import AbsentDatabaseSettings, DatabaseSettings, NeonSettings, PostgresSettings
from settings import Settings


def database_of(
    stack: contextlib.AsyncExitStack,
    settings: Settings,
    name: str,
    section: DatabaseSettings,
    *,
    now: Callable[[], datetime],
) -> Database:
    """The database of this name; the stack closes what it holds open."""
    match section:
        case PostgresSettings():
            return _postgres(settings, name, section, now)
        case NeonSettings():
            return _neon(stack, settings, name, section, now)
        case AbsentDatabaseSettings():
            return AbsentDatabase(instance=name)
        case _:
            assert_never(section)


def limits_of(settings: Settings) -> dict[str, int]:
    """How many branchings and migrations may run at once to begin with, by the name of each database that makes any."""
    sections = settings.databases.items()
    return {name: one.throttle for name, one in sections if not isinstance(one, AbsentDatabaseSettings)}


async def verify_keys(settings: Settings) -> None:
    """Returns if every database's marks were made with keys of the ring; PermanentError names the key that is missing.

    A server that is away is passed over: nothing can be branched there anyway, and a worker has more to do.
    """
    for name, section in settings.databases.items():
        if isinstance(section, PostgresSettings):
            with contextlib.suppress(TemporaryError):
                await _postgres(settings, name, section, lambda: datetime.now(UTC)).verify_ring()


def preparation(settings: Settings, name: str) -> str:
    """The SQL that prepares the server of this name; the password of the settings stands in it as a verifier only."""
    section = _preparable(settings, name)
    return preparing.script(_names(section), _verifier(name, section))


async def prepared(settings: Settings, name: str, url: str) -> tuple[Preparation, ...]:
    """What became of each thing that the server of this name needs, by the administrator whose URL this is."""
    section = _preparable(settings, name)
    server = Server(
        host=section.host,
        port=section.port,
        user=section.user,
        password=section.password.get_secret_value(),
        maintenance=section.maintenance,
        ssl=section.ssl,
    )
    return await administering.prepare(url, server, _names(section), _verifier(name, section))


async def wrote(connection: Connection, row: str) -> None:
    """The database that this leads to has one row more, written as a preview would."""
    await entering.write(connection, row)


async def rows(connection: Connection) -> tuple[str, ...]:
    """The rows that `wrote` has written into the database that this leads to, and nobody else."""
    return await entering.read(connection)


def _preparable(settings: Settings, name: str) -> PostgresSettings:
    section = settings.databases.get(name)
    if not isinstance(section, PostgresSettings):
        kind = f"of the kind `{section.kind}`" if section else "not among the databases of the settings"
        raise PermanentError(
            f"only a server of the kind `postgres` is prepared, and {name!r} is {kind}; "
            f"set MATINEE_DATABASES__{name.upper()}__HOST and the rest",
            reason=Reason.SETTINGS,
        )
    return section


def _names(section: PostgresSettings) -> preparing.Names:
    return preparing.Names(user=section.user, seed_owner=section.seed_owner, maintenance=section.maintenance)


def _verifier(name: str, section: PostgresSettings) -> str:
    password = section.password.get_secret_value()
    if not password or not password.isascii():
        wrong = "has other letters than ASCII's" if password else "is not set"
        raise PermanentError(
            f"MATINEE_DATABASES__{name.upper()}__PASSWORD {wrong}: set it to a random one, as this makes them: "
            "python3 -c 'import secrets; print(secrets.token_urlsafe(24))'",
            reason=Reason.SETTINGS,
        )
    return scram_verifier(password, secrets.token_bytes(16))


def _neon(
    stack: contextlib.AsyncExitStack, settings: Settings, name: str, project: NeonSettings, now: Callable[[], datetime]
) -> NeonDatabase:
    client = httpx.AsyncClient()
    stack.push_async_callback(client.aclose)
    return NeonDatabase(
        instance=name,
        installation=settings.installation,
        client=client,
        api_key=project.api_key.get_secret_value(),
        project=project.project,
        parent=project.parent,
        database_name=project.database_name,
        role=project.role,
        compute=Compute(min_cu=project.min_cu, max_cu=project.max_cu, suspend=project.suspend),
        base_url=project.base_url,
        now=now,
    )


def _postgres(settings: Settings, name: str, server: PostgresSettings, now: Callable[[], datetime]) -> PostgresDatabase:
    return PostgresDatabase(
        instance=name,
        installation=settings.installation,
        host=server.host,
        port=server.port,
        user=server.user,
        password=server.password.get_secret_value(),
        maintenance=server.maintenance,
        seed_owner=server.seed_owner,
        key_ring=KeyRing(settings.keys()),
        ssl=server.ssl,
        now=now,
        connection_limit=server.connection_limit,
    )
