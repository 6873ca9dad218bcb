"""Entering a branch as its preview does, by nothing but its connection: what proves that a branch can be used."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg

from adapters.databases.failures import translated
from adapters.databases.sessions import CONNECT_WITHIN, Session
from domain.errors import PermanentError
from domain.phases import Reason
from domain.resources import Connection

_SECONDS = 30.0
_TABLE = "matinee_doctor"


async def write(connection: Connection, row: str) -> None:
    """The table of ours in this database, made if it is not there, has this row too."""
    async with _entered(connection, "writing into the branch") as session:
        await session.execute(f"CREATE TABLE IF NOT EXISTS {_TABLE} (row text)")
        await session.execute(f"INSERT INTO {_TABLE} VALUES ($1)", row)  # noqa: S608 - a name of our own


async def read(connection: Connection) -> tuple[str, ...]:
    """The rows of that table; none where there is no such table."""
    async with _entered(connection, "reading from the branch") as session:
        if await session.fetchval("SELECT to_regclass($1) IS NULL", _TABLE):
            return ()
        return tuple(str(each[0]) for each in await session.fetch(f"SELECT row FROM {_TABLE} ORDER BY row"))  # noqa: S608 - the same


@asynccontextmanager
async def _entered(connection: Connection, doing: str) -> AsyncGenerator[Session]:
    url = _understood(connection.url)
    with translated(doing):
        session: Session = await asyncpg.connect(url, timeout=CONNECT_WITHIN, command_timeout=_SECONDS)
        try:
            yield session
        finally:
            await session.close(timeout=CONNECT_WITHIN)


def _understood(url: str) -> str:
    """The URL without what libpq alone understands: asyncpg would ask the server for a setting of that name."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"}:
        raise PermanentError(
            f"a branch that is reached by {parts.scheme!r} cannot be entered from here, only PostgreSQL can",
            reason=Reason.SETTINGS,
        )
    query = [(name, value) for name, value in parse_qsl(parts.query) if name != "channel_binding"]
    return urlunsplit(parts._replace(query=urlencode(query)))
