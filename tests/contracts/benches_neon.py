"""The bench of Neon: the adapter over a Neon in memory, each request and answer judged by Neon's own description."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest

from domain.errors import NotYet
from domain.names import Key
from domain.ports import Database
from domain.resources import Connection
from tests.adapters.databases.neon.hands import adapter
from tests.adapters.databases.neon.patience import Patient
from tests.contracts.database_bench import DatabaseBenchMaker, branching, no_beat
from tests.fakes.neon import FakeNeon


class NeonBench:
    """Two installations in one project. What says "not yet" is asked again, as Temporal's server does it."""

    def __init__(self) -> None:
        self.neon = FakeNeon()
        self._hasty = adapter(self.neon)
        self.database: Database = Patient(self._hasty)
        self.rival: Database = Patient(adapter(self.neon, installation="rival"))

    async def write(self, connection: Connection, row: str) -> None:
        """One more row."""
        self.neon.write(connection.url, row)

    async def read(self, connection: Connection) -> tuple[str, ...]:
        """All rows."""
        return self.neon.read(connection.url)

    async def foreign(self, name: str) -> None:
        """Somebody made it in Neon's console."""
        self.neon.by_hand(name)

    async def names(self, name: str) -> int:
        """Branches; role and database are in them."""
        return len(self.neon.named(name))

    @asynccontextmanager
    async def held(self, key: Key) -> AsyncGenerator[None]:
        """Neon has begun what another worker asked for, and does not end it."""
        self.neon.stuck = True
        with pytest.raises(NotYet):
            await self._hasty.branch(branching(key), no_beat)
        yield
        self.neon.stuck = False

    async def elsewhere(self, connection: Connection, other: Connection) -> Connection:
        """Each is reached at a host of its own."""
        mine, theirs = urlsplit(connection.url), urlsplit(other.url)
        login = mine.netloc.rpartition("@")[0]
        return Connection(url=theirs._replace(netloc=f"{login}@{theirs.hostname}").geturl())


def _neon(request: pytest.FixtureRequest) -> NeonBench:
    """A project of its own for every test."""
    del request
    return NeonBench()


DATABASE_BENCHES: dict[str, DatabaseBenchMaker] = {"neon": _neon}
