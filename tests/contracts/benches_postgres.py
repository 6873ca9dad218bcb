"""The benches of the real PostgreSQLs of this machine."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from domain.names import Key
from domain.ports import Database
from domain.resources import Connection
from embedded.postgres import Postgres
from tests.adapters.databases import servers
from tests.contracts.database_bench import DatabaseBenchMaker, name_of


class PostgresBench:
    """Two installations on one server; both are new with every test, because the server is shared by the run."""

    def __init__(self, server: Postgres) -> None:
        self.server = server
        self.database: Database = servers.adapter(server, servers.new_installation())
        self.rival: Database = servers.adapter(server, servers.new_installation())

    async def write(self, connection: Connection, row: str) -> None:
        """One more row."""
        await servers.write(connection, row)

    async def read(self, connection: Connection) -> tuple[str, ...]:
        """All rows."""
        return await servers.read(connection)

    async def foreign(self, name: str) -> None:
        """Our own role owns it, but nothing says whose it is."""
        async with servers.entered(self.server.url) as session:
            await session.execute(f'CREATE DATABASE "{name}"')

    async def names(self, name: str) -> int:
        """Databases and roles."""
        return await servers.count(self.server, name)

    @asynccontextmanager
    async def held(self, key: Key) -> AsyncGenerator[None]:
        """Another worker holds its lock."""
        async with servers.held(self.server, name_of(key)):
            yield

    async def elsewhere(self, connection: Connection, other: Connection) -> Connection:
        """All are on one server, and differ by their names."""
        return Connection(url=connection.url.rpartition("/")[0] + "/" + other.url.rpartition("/")[2])


def _postgres18(request: pytest.FixtureRequest) -> PostgresBench:
    """The wheel's."""
    return PostgresBench(request.getfixturevalue("postgres18"))


def _postgres15(request: pytest.FixtureRequest) -> PostgresBench:
    """Debian's, the oldest that is supported."""
    return PostgresBench(request.getfixturevalue("postgres15"))


DATABASE_MARKS = (pytest.mark.server,)
DATABASE_BENCHES: dict[str, DatabaseBenchMaker] = {"postgres18": _postgres18, "postgres15": _postgres15}
