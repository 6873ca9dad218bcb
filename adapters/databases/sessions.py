"""Sessions on the server: each ends with the work it was opened for, whatever becomes of the worker.

The lock on a name lives in the maintenance database, because PostgreSQL keeps advisory locks per database. It is
let go when the session ends, and the server ends the session itself soon after the worker is gone.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import asyncpg

LOCKS = 0x4D41_5449
"""The space of our advisory locks, `MATI`; the lock itself is the hash of the database's name."""

CONNECT_WITHIN = 10.0
"""Seconds for a new session, so that a server that drops packets is an error soon."""

_CLOSE_WITHIN = 5.0
_LONGEST = 2**31 - 1

if TYPE_CHECKING:
    Session = asyncpg.Connection[asyncpg.Record]
else:
    Session = asyncpg.Connection


@dataclass(frozen=True, kw_only=True)
class Server:
    """Where the server is and who we are there."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    maintenance: str
    ssl: str | None = None

    def arguments(self, database: str, settings: dict[str, str]) -> dict[str, Any]:
        """What asyncpg connects with."""
        return {
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "password": self.password,
            "database": database,
            "ssl": self.ssl,
            "timeout": CONNECT_WITHIN,
            "server_settings": settings,
        }

    @asynccontextmanager
    async def session(
        self, *, label: str, seconds: float, database: str | None = None, lock_seconds: float = 0
    ) -> AsyncGenerator[Session]:
        """A session in the maintenance database, or in another, at work for this label.

        No statement takes longer than `seconds`, nor waits for a lock longer than `lock_seconds` if that is given.
        """
        settings = _settings(label, seconds, lock_seconds)
        connection: Session = await asyncpg.connect(**self.arguments(database or self.maintenance, settings))
        try:
            yield connection
        finally:
            # A close that fails has already given the connection up, which is all that is asked of it.
            with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                await connection.close(timeout=_CLOSE_WITHIN)


def _settings(label: str, seconds: float, lock_seconds: float) -> dict[str, str]:
    milliseconds = _milliseconds(seconds)
    return {
        "application_name": application(label),
        "statement_timeout": milliseconds,
        "idle_session_timeout": milliseconds,
        "lock_timeout": str(int(lock_seconds * 1000)),
        # What was called gone or ready must be so after a crash too, whatever the server is set to for others.
        "synchronous_commit": "on",
        # Without these two a server goes on for a worker that is gone: it looks only when it has something to say.
        "client_connection_check_interval": "2s",
        "tcp_keepalives_idle": "10",
        "tcp_keepalives_interval": "5",
        "tcp_keepalives_count": "3",
    }


def _milliseconds(seconds: float) -> str:
    return str(min(max(1, int(seconds * 1000)), _LONGEST))


async def limit_statements(session: Session, seconds: float) -> None:
    """From now on no statement of this session takes longer than this."""
    await session.execute(f"SET statement_timeout = {_milliseconds(seconds)}")


def application(label: str) -> str:
    """What the server's list of sessions shows of one that is at work for this label."""
    return f"matinee:{label}"


async def lock(session: Session, name: str) -> None:
    """Nobody else is at work on the database of this name until this session ends."""
    await session.execute("SELECT pg_advisory_lock($1, hashtext($2))", LOCKS, name)


async def lock_shared(session: Session, name: str) -> None:
    """Nobody drops or replaces the seed of this name until this session ends; others may branch it too."""
    await session.execute("SELECT pg_advisory_lock_shared($1, hashtext($2))", LOCKS, name)


async def try_lock(session: Session, name: str) -> bool:
    """Whether nobody was at work on the database of this name, in which case nobody is until this session ends."""
    return bool(await session.fetchval("SELECT pg_try_advisory_lock($1, hashtext($2))", LOCKS, name))


async def run(session: Session, statements: tuple[str, ...]) -> None:
    """All of the statements took effect, or none."""
    async with session.transaction():
        for statement in statements:
            await session.execute(statement)
