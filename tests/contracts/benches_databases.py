"""The bench of the fake database, which needs no server."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from domain.names import Key
from domain.ports import Database
from domain.resources import Connection
from tests.contracts.database_bench import DatabaseBenchMaker, name_of
from tests.fakes.database_servers import FOREIGN, FakeServer, FakeStore
from tests.fakes.databases import FakeDatabase


class FakeBench:
    """Two installations on one server in memory."""

    def __init__(self) -> None:
        self.server = FakeServer()
        self.database: Database = FakeDatabase(server=self.server)
        self.rival: Database = FakeDatabase(installation="rival", server=self.server)

    async def write(self, connection: Connection, row: str) -> None:
        """One more row."""
        self.server.write(connection, row)

    async def read(self, connection: Connection) -> tuple[str, ...]:
        """All rows."""
        return self.server.read(connection)

    async def foreign(self, name: str) -> None:
        """A database without a mark."""
        now = datetime.now(UTC)
        self.server.stores[name] = FakeStore(owner=FOREIGN, label="", generation=0, made_at=now, state="ready")

    async def names(self, name: str) -> int:
        """Databases and roles."""
        return (name in self.server.stores) + (name in self.server.roles)

    @asynccontextmanager
    async def held(self, key: Key) -> AsyncGenerator[None]:
        """Its lock is taken."""
        async with self.server.lock(name_of(key)):
            yield

    async def elsewhere(self, connection: Connection, other: Connection) -> Connection:
        """All are on one server, and differ by their names."""
        return Connection(url=connection.url.rpartition("/")[0] + "/" + other.url.rpartition("/")[2])


def _fake(request: pytest.FixtureRequest) -> FakeBench:
    """A server of its own for every test."""
    del request
    return FakeBench()


DATABASE_BENCHES: dict[str, DatabaseBenchMaker] = {"fake": _fake}
