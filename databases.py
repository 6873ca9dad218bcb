"""The part of the composition that is about databases: which adapter each kind of them has."""

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import assert_never

from adapters.databases.absent import AbsentDatabase
from adapters.databases.passwords import KeyRing
from adapters.databases.postgres import PostgresDatabase
from domain.errors import TemporaryError
from domain.ports import Database
from sections import AbsentDatabaseSettings, DatabaseSettings, PostgresSettings
from settings import Settings


def database_of(settings: Settings, name: str, section: DatabaseSettings, *, now: Callable[[], datetime]) -> Database:
    """The database of this name."""
    match section:
        case PostgresSettings():
            return _postgres(settings, name, section, now)
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
