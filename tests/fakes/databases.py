"""FakeDatabase: a whole database server in memory, by the same rules as the real one.

`FakeServer` is what several installations may share. What a test may ask of it beyond the port: put rows in and read
them back through a connection, make verbs fail by `faults`, hold them by `pause`, and look at what was done.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from domain.errors import PermanentError, TemporaryError
from domain.names import Key, database_name, parse_key
from domain.phases import Reason
from domain.ports import Beat
from domain.requests import BranchRequest
from domain.resources import Connection, DatabaseRef, Entry, Removal, Resource
from tests.fakes.database_seeds import FakeSeeds
from tests.fakes.database_servers import Owner, password_of


class FakeDatabase(FakeSeeds):
    """The port `Database` in memory.

    `faults` is called with each verb as it begins and with each step of it (`branch`, `branch:role`,
    `branch:cloned`, `branch:ready`, `drop`, `drop:database`, `drop:role`, `seal`, …) and may raise: what was done
    before stays, as after a crash. `pause` is awaited where a real server is slow. `log` tells what was begun, and
    `most_at_once` how many branchings ever ran together.
    """

    def entries(self, instance: str, label: str) -> tuple[Entry, ...]:
        """The database and the role of the same name."""
        name = database_name(label)
        return Entry("database", instance, "database", name), Entry("database", instance, "role", name)

    async def branch(self, request: BranchRequest, beat: Beat) -> DatabaseRef:
        """The preview has its own database of this generation."""
        name, seconds = database_name(request.label), (request.deadline - self.now()).total_seconds()
        if seconds <= 0:
            raise TemporaryError(f"the lease for {name} has ended", reason=Reason.TIMED_OUT)
        self.begin("branch", name)
        beat()
        try:
            async with asyncio.timeout(seconds), self.server.lock(name), self._counted():
                await self._branch(name, request)
        except TimeoutError as error:
            raise TemporaryError(f"branching {name} took too long", reason=Reason.TIMED_OUT) from error
        return self.ref(name, request.label, request.generation)

    async def _branch(self, name: str, request: BranchRequest) -> None:
        owner: Owner = (self.installation, "branch", str(request.key))
        self.server.refuse_foreign(name, owner)
        store = self.server.stores.get(name)
        if store and store.generation > request.generation:
            raise PermanentError(f"{name} has a newer generation", reason=Reason.DATABASE_REFUSED)
        if store and (store.generation, store.state) == (request.generation, "ready"):
            await self.make(name, store, "ready")
            return
        rows = self.seed_rows(request.seed)
        self.server.stores.pop(name, None)
        await self.make(name, self.empty_store(owner, request.label, request.generation, rows), "ready")

    async def connection(self, ref: DatabaseRef) -> Connection:
        """How to reach it, as the role of the same name."""
        password = password_of(ref.name, ref.generation)
        return Connection(url=f"fake://{ref.name}:{password}@{self.instance}.invalid/{ref.name}")

    async def drop(self, removal: Removal) -> tuple[Entry, ...]:
        """The entries, each gone."""
        owner: Owner = (self.installation, "branch", str(removal.key))
        for name in sorted({entry.name for entry in removal.entries}):
            self.begin("drop", name)
            async with self.server.lock(name):
                self.server.refuse_foreign(name, owner)
                made = self.server.stores.get(name) or self.server.roles.get(name)
                if made and made.generation > removal.generation:
                    raise PermanentError(f"{name} has a newer generation", reason=Reason.DATABASE_REFUSED)
                await self.pause("drop")
                self.server.stores.pop(name, None)
                self.faults("drop:database")
                self.server.roles.pop(name, None)
                self.faults("drop:role")
        return removal.entries

    async def list(self) -> tuple[Resource, ...]:
        """Every database and every role of a branch of this installation."""
        self.begin("list", "")
        found = [("database", name, store) for name, store in self.server.stores.items()]
        found += [("role", name, role) for name, role in self.server.roles.items()]
        return tuple(
            Resource(
                entry=Entry("database", self.instance, kind, name),
                key=_key(made.owner),
                label=made.label,
                made_at=made.made_at,
                generation=made.generation,
            )
            for kind, name, made in sorted(found, key=lambda each: (each[1], each[0]))
            if made.owner[:2] == (self.installation, "branch")
        )

    async def extend(self) -> tuple[str, ...]:
        """What `ending` holds, which nobody could extend."""
        self.begin("extend", "")
        return self.ending

    async def busy(self, label: str) -> bool:
        """Whether anybody is at work on this label's name."""
        self.begin("busy", label)
        return self.server.lock(database_name(label)).locked()

    @asynccontextmanager
    async def _counted(self) -> AsyncGenerator[None]:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            yield
        finally:
            self.at_once -= 1


def _key(owner: Owner) -> Key:
    return parse_key(owner[2])
