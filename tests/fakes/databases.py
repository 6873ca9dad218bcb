"""FakeDatabase: a whole database server in memory, by the same rules as the real one.

`FakeServer` is what several installations may share. What a test may ask of it beyond the port: put rows in and read
them back through a connection, make verbs fail by `faults`, hold them by `pause`, and look at what was done.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from urllib.parse import urlsplit

from domain.errors import NotYet, PermanentError, TemporaryError
from domain.names import Key, database_name, parse_key
from domain.phases import Reason
from domain.ports import Beat
from domain.requests import BranchRequest
from domain.resources import Connection, DatabaseRef, Entry, Removal, Resource, Seed

Owner = tuple[str, str, str]
"""Installation, `branch` or `seed`, and the key or the repository."""

FOREIGN: Owner = ("", "", "")
"""The owner of what carries no mark of anybody."""

_ABANDONED = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class FakeRole:
    """A role with its mark; `password` is empty until it has one."""

    owner: Owner
    label: str
    generation: int
    made_at: datetime
    password: str = ""


@dataclass(frozen=True, kw_only=True)
class FakeStore:
    """A database with its mark and its rows; `state` is cloned, ready, building or sealed."""

    owner: Owner
    label: str
    generation: int
    made_at: datetime
    state: str = "cloned"
    rows: tuple[str, ...] = ()


@dataclass
class FakeServer:
    """What is on one server, by name, and who is at work on which name."""

    stores: dict[str, FakeStore] = field(default_factory=dict[str, FakeStore])
    roles: dict[str, FakeRole] = field(default_factory=dict[str, FakeRole])
    locks: dict[str, asyncio.Lock] = field(default_factory=dict[str, asyncio.Lock])

    def lock(self, name: str) -> asyncio.Lock:
        """The lock on this name."""
        return self.locks.setdefault(name, asyncio.Lock())

    def write(self, connection: Connection, row: str) -> None:
        """One more row in the database that this connection leads to."""
        name = self.enter(connection)
        self.stores[name] = replace(self.stores[name], rows=(*self.stores[name].rows, row))

    def read(self, connection: Connection) -> tuple[str, ...]:
        """The rows of the database that this connection leads to."""
        return self.stores[self.enter(connection)].rows

    def enter(self, connection: Connection) -> str:
        """The name of the database; PermissionError if it may not be entered by this connection."""
        parts = urlsplit(connection.url)
        name = parts.path.removeprefix("/")
        store, role = self.stores.get(name), self.roles.get(parts.username or "")
        is_open = store is not None and store.state in {"ready", "building"}
        if not is_open or role is None or parts.username != name or role.password != parts.password:
            raise PermissionError(f"{parts.username} may not enter {name}")
        return name


def _no_fault(_step: str) -> None:
    """Nothing goes wrong."""


async def _no_pause(_verb: str) -> None:
    """Others get their turn, as they do while a real server works."""
    await asyncio.sleep(0)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class FakeDatabase:
    """The port `Database` in memory.

    `faults` is called with each verb as it begins and with each step of it (`branch`, `branch:role`,
    `branch:cloned`, `branch:ready`, `drop`, `drop:database`, `drop:role`, `seal`, …) and may raise: what was done
    before stays, as after a crash. `pause` is awaited where a real server is slow. `log` tells what was begun, and
    `most_at_once` how many branchings ever ran together.
    """

    def __init__(
        self,
        instance: str = "main",
        installation: str = "matinee",
        *,
        now: Callable[[], datetime] = _utc_now,
        server: FakeServer | None = None,
        faults: Callable[[str], None] = _no_fault,
        pause: Callable[[str], Awaitable[None]] = _no_pause,
    ) -> None:
        self.instance = instance
        self.installation = installation
        self.now = now
        self.server = server or FakeServer()
        self.faults = faults
        self.pause = pause
        self.log: list[tuple[str, str]] = []
        self.at_once = 0
        self.most_at_once = 0

    def entries(self, instance: str, label: str) -> tuple[Entry, ...]:
        """The database and the role of the same name."""
        name = database_name(label)
        return Entry("database", instance, "database", name), Entry("database", instance, "role", name)

    async def branch(self, request: BranchRequest, beat: Beat) -> DatabaseRef:
        """The preview has its own database of this generation."""
        name, seconds = database_name(request.label), (request.deadline - self.now()).total_seconds()
        if seconds <= 0:
            raise TemporaryError(f"the lease for {name} has ended", reason=Reason.TIMED_OUT)
        self._begin("branch", name)
        beat()
        try:
            async with asyncio.timeout(seconds), self.server.lock(name), self._counted():
                await self._branch(name, request)
        except TimeoutError as error:
            raise TemporaryError(f"branching {name} took too long", reason=Reason.TIMED_OUT) from error
        return self._ref(name, request.label, request.generation)

    async def _branch(self, name: str, request: BranchRequest) -> None:
        owner: Owner = (self.installation, "branch", str(request.key))
        self._refuse_foreign(name, owner)
        store = self.server.stores.get(name)
        if store and store.generation > request.generation:
            raise PermanentError(f"{name} has a newer generation", reason=Reason.DATABASE_REFUSED)
        if store and (store.generation, store.state) == (request.generation, "ready"):
            await self._make(name, store, "ready")
            return
        rows = self._seed_rows(request.seed)
        self.server.stores.pop(name, None)
        await self._make(name, self._empty(owner, request.label, request.generation, rows), "ready")

    def _empty(self, owner: Owner, label: str, generation: int, rows: tuple[str, ...] = ()) -> FakeStore:
        return FakeStore(owner=owner, label=label, generation=generation, made_at=self.now(), rows=rows)

    async def _make(self, name: str, wanted: FakeStore, state: str) -> None:
        password = _password(name, wanted.generation)
        self.server.roles[name] = FakeRole(
            owner=wanted.owner,
            label=wanted.label,
            generation=wanted.generation,
            made_at=wanted.made_at,
            password=password,
        )
        self.faults("branch:role")
        await self.pause("branch")
        self.server.stores[name] = wanted
        self.faults("branch:cloned")
        self.server.stores[name] = replace(wanted, state=state)
        self.faults("branch:ready")

    def _seed_rows(self, seed: Seed | None) -> tuple[str, ...]:
        if seed is None:
            return ()
        store = self.server.stores.get(self._seed_name(seed))
        if store is None or store.owner != self._seed_owner(seed):
            raise PermanentError(f"the seed of {seed.repository} is not there", reason=Reason.SEED_FAILED)
        if store.state != "sealed":
            raise NotYet(f"the seed of {seed.repository} is still being built", reason=Reason.SEED_FAILED)
        return store.rows

    async def connection(self, ref: DatabaseRef) -> Connection:
        """How to reach it, as the role of the same name."""
        password = _password(ref.name, ref.generation)
        return Connection(url=f"fake://{ref.name}:{password}@{self.instance}.invalid/{ref.name}")

    async def drop(self, removal: Removal) -> tuple[Entry, ...]:
        """The entries, each gone."""
        owner: Owner = (self.installation, "branch", str(removal.key))
        for name in sorted({entry.name for entry in removal.entries}):
            self._begin("drop", name)
            async with self.server.lock(name):
                self._refuse_foreign(name, owner)
                await self.pause("drop")
                self.server.stores.pop(name, None)
                self.faults("drop:database")
                self.server.roles.pop(name, None)
                self.faults("drop:role")
        return removal.entries

    async def list(self) -> tuple[Resource, ...]:
        """Every database and every role of a branch of this installation."""
        self._begin("list", "")
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

    async def busy(self, label: str) -> bool:
        """Whether anybody is at work on this label's name."""
        self._begin("busy", label)
        return self.server.lock(database_name(label)).locked()

    async def sealed(self, seed: Seed) -> bool:
        """Whether this version of the seed is there and complete."""
        store = self.server.stores.get(self._seed_name(seed))
        return store is not None and (store.owner, store.state) == (self._seed_owner(seed), "sealed")

    async def open_seed(self, seed: Seed) -> DatabaseRef:
        """An empty database to build this seed in, in place of any half-built one."""
        name, owner = self._seed_name(seed), self._seed_owner(seed)
        self._begin("open_seed", name)
        async with self.server.lock(name):
            self._refuse_foreign(name, owner)
            if await self.sealed(seed):
                raise PermanentError(f"the seed {name} is sealed already", reason=Reason.DATABASE_REFUSED)
            self.server.stores.pop(name, None)
            before = self.server.roles[name].generation if name in self.server.roles else 0
            await self._make(name, self._empty(owner, seed.label, before + 1), "building")
        return self._ref(name, seed.label, before + 1)

    async def seal(self, seed: Seed) -> None:
        """What was built is now the seed."""
        name = self._seed_name(seed)
        self._begin("seal", name)
        async with self.server.lock(name):
            self._refuse_foreign(name, self._seed_owner(seed))
            store = self.server.stores.get(name)
            if store is None or store.state not in {"building", "sealed"}:
                raise PermanentError(f"the seed {name} was not built", reason=Reason.SEED_FAILED)
            self.server.stores[name] = replace(store, state="sealed")
            self.server.roles.pop(name, None)

    async def drop_seeds(self, repository: str, keep: int) -> tuple[str, ...]:
        """Only the newest sealed seeds of this repository are left, and none that was abandoned half-built."""
        self._begin("drop_seeds", repository)
        owner: Owner = (self.installation, "seed", repository)
        ours = [(store.made_at, name, store) for name, store in self.server.stores.items() if store.owner == owner]
        newest_first = sorted(ours, key=lambda each: each[0], reverse=True)
        old = [name for _, name, store in newest_first if store.state == "sealed"][keep:]
        limit = self.now() - _ABANDONED
        old += [name for made_at, name, store in newest_first if store.state != "sealed" and made_at < limit]
        for name in old:
            self.server.stores.pop(name)
            self.server.roles.pop(name, None)
        return tuple(old)

    def _begin(self, verb: str, what: str) -> None:
        self.log.append((verb, what))
        self.faults(verb)

    @asynccontextmanager
    async def _counted(self) -> AsyncGenerator[None]:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            yield
        finally:
            self.at_once -= 1

    def _refuse_foreign(self, name: str, owner: Owner) -> None:
        owners = [made.owner for made in (self.server.stores.get(name), self.server.roles.get(name)) if made]
        if any(each != owner for each in owners):
            raise PermanentError(f"{name} is not of {owner[2]}", reason=Reason.NOT_OURS)

    def _ref(self, name: str, label: str, generation: int) -> DatabaseRef:
        return DatabaseRef(instance=self.instance, name=name, label=label, generation=generation, password_key="fake")

    def _seed_owner(self, seed: Seed) -> Owner:
        return self.installation, "seed", seed.repository

    def _seed_name(self, seed: Seed) -> str:
        digest = sha256(seed.repository.encode()).hexdigest()[:6]
        return f"seed_{seed.label.removeprefix('seed-').replace('-', '_')}_{digest}"


def _password(name: str, generation: int) -> str:
    return sha256(f"{name}:{generation}".encode()).hexdigest()


def _key(owner: Owner) -> Key:
    return parse_key(owner[2])
