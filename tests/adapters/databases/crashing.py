"""A worker that dies right after its n-th statement: its sessions end at once, and it never does anything again."""

from collections.abc import AsyncGenerator, Awaitable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from adapters.databases.postgres import PostgresDatabase
from adapters.databases.sessions import Server, Session
from domain.errors import TemporaryError
from embedded.postgres import Postgres
from tests.adapters.databases.servers import adapter

ENOUGH = 80
"""More statements than any verb has: one that needs them all has lost its way."""


class Crash(Exception):  # noqa: N818 - it imitates a death, which nothing of ours catches
    """The worker is dead."""


@dataclass
class Fuse:
    """How many statements are left to the worker."""

    left: int

    def burn(self, connection: Session) -> None:
        """One statement was done; the last one kills."""
        self.left -= 1
        if self.left <= 0:
            connection.terminate()
            raise Crash


@dataclass(frozen=True, kw_only=True)
class CrashingServer(Server):
    """A server that is reached by a worker with such a fuse."""

    fuse: Fuse

    def arguments(self, database: str, settings: dict[str, str]) -> dict[str, Any]:
        """Sessions whose every statement burns the fuse."""
        if self.fuse.left <= 0:
            raise Crash
        return super().arguments(database, settings) | {"connection_class": _burning(self.fuse)}


@dataclass
class Worker:
    """A worker that dies at its work, unless it is done before."""

    database: PostgresDatabase
    fuse: Fuse
    survived: bool = False

    async def does(self, work: Awaitable[object]) -> None:
        """The work is done, or the worker is dead."""
        try:
            await work
            self.survived = True
        except (Crash, TemporaryError):
            # In the middle of a transaction asyncpg reports the lost session in place of the death.
            if self.fuse.left > 0:
                raise


async def deaths(server: Postgres, installation: str) -> AsyncGenerator[Worker]:
    """One worker that dies after its first statement, one after its second, … and one that lives to the end."""
    for statements in range(1, ENOUGH):
        fuse = Fuse(statements)
        worker = Worker(_dying(server, installation, fuse), fuse)
        yield worker
        if worker.survived:
            assert statements > 3, "it hardly died at all"
            return
    pytest.fail(f"no worker lived through {ENOUGH} statements")


def _dying(server: Postgres, installation: str, fuse: Fuse) -> PostgresDatabase:
    """The adapter in a worker with this fuse."""
    database = adapter(server, installation)
    reached = database.workplace.server
    crashing = CrashingServer(
        host=reached.host,
        port=reached.port,
        user=reached.user,
        password=reached.password,
        maintenance=reached.maintenance,
        fuse=fuse,
    )
    database.workplace = replace(database.workplace, server=crashing)
    return database


def _burning(fuse: Fuse) -> type[Session]:
    class Burning(Session):
        """A session of the worker with this fuse."""

        async def execute(self, query: str, *args: object, timeout: float | None = None) -> str:
            """The statement is done, then the fuse burns."""
            done = await super().execute(query, *args, timeout=timeout)
            fuse.burn(self)
            return done

        async def fetch(self, query: str, *args: Any, **options: Any) -> list[Any]:
            """The statement is done, then the fuse burns."""
            done: list[Any] = await super().fetch(query, *args, **options)
            fuse.burn(self)
            return done

        async def fetchrow(self, query: str, *args: Any, **options: Any) -> Any:
            """The statement is done, then the fuse burns."""
            done: Any = await super().fetchrow(query, *args, **options)
            fuse.burn(self)
            return done

        async def fetchval(self, query: str, *args: Any, **options: Any) -> Any:
            """The statement is done, then the fuse burns."""
            done: Any = await super().fetchval(query, *args, **options)
            fuse.burn(self)
            return done

    return Burning
