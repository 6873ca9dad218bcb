"""Hands on a real PostgreSQL: the adapter under test and rows in and out, each by a session of its own."""

import itertools
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import asyncpg

from adapters.databases.passwords import KeyRing
from adapters.databases.postgres import PostgresDatabase
from adapters.databases.sessions import LOCKS
from domain.resources import Connection
from embedded.postgres import Postgres

if TYPE_CHECKING:
    Session = asyncpg.Connection[asyncpg.Record]
else:
    Session = asyncpg.Connection

RING = KeyRing({"1": b"the first key of these tests ..."})
_SHUT = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InsufficientPrivilegeError,
    asyncpg.ObjectNotInPrerequisiteStateError,
    asyncpg.InvalidCatalogNameError,
)
_NUMBERS = itertools.count(1)


def new_installation() -> str:
    """An installation that no other test of this run has, so that what others made does not count."""
    return f"tests{next(_NUMBERS)}"


def adapter(
    server: Postgres,
    installation: str,
    ring: KeyRing = RING,
    *,
    user: str = "matinee",
    maintenance: str = "preview_admin",
) -> PostgresDatabase:
    """The adapter on this server; another user has the same password."""
    return PostgresDatabase(
        instance="main",
        installation=installation,
        host=server.host,
        port=server.port,
        user=user,
        password=server.password,
        maintenance=maintenance,
        key_ring=ring,
        now=lambda: datetime.now(UTC),
    )


@asynccontextmanager
async def entered(url: str, database: str | None = None) -> AsyncGenerator[Session]:
    """A session by this URL, or in another database with its role; PermissionError if the server does not let it in."""
    address = f"{url.rpartition('/')[0]}/{database}" if database else url
    try:
        session: Session = await asyncpg.connect(address, timeout=10)
    except _SHUT as error:
        raise PermissionError(str(error)) from error
    try:
        yield session
    finally:
        await session.close(timeout=5)


async def write(connection: Connection, row: str) -> None:
    """One more row of the table `notes`, which is made if it is not there."""
    async with entered(connection.url) as session:
        await session.execute("CREATE TABLE IF NOT EXISTS notes (id serial PRIMARY KEY, note text)")
        await session.execute("INSERT INTO notes (note) VALUES ($1)", row)


async def read(connection: Connection) -> tuple[str, ...]:
    """All rows of the table `notes`, none if there is no such table."""
    async with entered(connection.url) as session:
        if await session.fetchval("SELECT to_regclass('notes') IS NULL"):
            return ()
        return tuple(str(row[0]) for row in await session.fetch("SELECT note FROM notes ORDER BY id"))


async def count(server: Postgres, name: str) -> int:
    """How many databases and roles of this name there are."""
    question = (
        "SELECT (SELECT count(*) FROM pg_database WHERE datname = $1) + "
        "(SELECT count(*) FROM pg_roles WHERE rolname = $1)"
    )
    async with entered(server.superuser_url) as session:
        return int(await session.fetchval(question, name))


@asynccontextmanager
async def held(server: Postgres, name: str) -> AsyncGenerator[None]:
    """Another worker's session holds the lock on this name."""
    async with entered(server.url) as session:
        await session.execute("SELECT pg_advisory_lock($1, hashtext($2))", LOCKS, name)
        yield
