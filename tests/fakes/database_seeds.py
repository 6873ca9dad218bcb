"""FakeSeeds: the half of the fake database that makes databases and builds seeds in memory."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from domain.errors import NotYet, PermanentError
from domain.phases import Reason
from domain.resources import DatabaseRef, Seed
from tests.fakes.database_servers import FakeRole, FakeServer, FakeStore, Owner, name_of, password_of

_ABANDONED = timedelta(days=1)


def _no_fault(_step: str) -> None:
    """Nothing goes wrong."""


async def _no_pause(_verb: str) -> None:
    """Others get their turn, as they do while a real server works."""
    await asyncio.sleep(0)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class FakeSeeds:
    """Seeds on a server in memory, and what branches share with them; FakeDatabase says what the arguments are for."""

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
        self.ending: tuple[str, ...] = ()
        self.at_once = 0
        self.most_at_once = 0

    async def sealed(self, seed: Seed) -> bool:
        """Whether this version of the seed is there and complete."""
        store = self.server.stores.get(name_of(seed))
        return store is not None and (store.owner, store.state) == (self._seed_owner(seed), "sealed")

    async def open_seed(self, seed: Seed) -> DatabaseRef:
        """An empty database to build this seed in, in place of any half-built one."""
        name, owner = name_of(seed), self._seed_owner(seed)
        self.begin("open_seed", name)
        async with self.server.lock(name):
            self.server.refuse_foreign(name, owner)
            if await self.sealed(seed):
                raise PermanentError(f"the seed {name} is sealed already", reason=Reason.DATABASE_REFUSED)
            self.server.stores.pop(name, None)
            before = self.server.roles[name].generation if name in self.server.roles else 0
            await self.make(name, self.empty_store(owner, seed.label, before + 1), "building")
        return self.ref(name, seed.label, before + 1)

    async def seal(self, seed: Seed) -> None:
        """What was built is now the seed."""
        name = name_of(seed)
        self.begin("seal", name)
        async with self.server.lock(name):
            self.server.refuse_foreign(name, self._seed_owner(seed))
            store = self.server.stores.get(name)
            if store is None or store.state not in {"building", "sealed"}:
                raise PermanentError(f"the seed {name} was not built", reason=Reason.SEED_FAILED)
            self.server.stores[name] = replace(store, state="sealed")
            self.server.roles.pop(name, None)

    async def drop_seeds(self, repository: str, keep: int) -> tuple[str, ...]:
        """Only the newest sealed seeds of this repository are left, and none that was abandoned half-built."""
        self.begin("drop_seeds", repository)
        owner: Owner = (self.installation, "seed", repository)
        ours = [(store.made_at, name, store) for name, store in self.server.stores.items() if store.owner == owner]
        newest_first = sorted(ours, key=lambda each: each[0], reverse=True)
        old = [name for _, name, store in newest_first if store.state == "sealed"][keep:]
        limit = self.now() - _ABANDONED
        old += [name for made_at, name, store in newest_first if store.state != "sealed" and made_at < limit]
        for name in old:
            self.server.remove(name)
        return tuple(old)

    def seed_rows(self, seed: Seed | None) -> tuple[str, ...]:
        """The rows of a sealed seed, none without a seed; NotYet or PermanentError if it is not sealed."""
        if seed is None:
            return ()
        store = self.server.stores.get(name_of(seed))
        if store is None or store.owner != self._seed_owner(seed):
            raise PermanentError(f"the seed of {seed.repository} is not there", reason=Reason.SEED_FAILED)
        if store.state != "sealed":
            raise NotYet(f"the seed of {seed.repository} is still being built", reason=Reason.SEED_FAILED)
        return store.rows

    def empty_store(self, owner: Owner, label: str, generation: int, rows: tuple[str, ...] = ()) -> FakeStore:
        """A database that is not made yet, with these rows."""
        return FakeStore(owner=owner, label=label, generation=generation, made_at=self.now(), rows=rows)

    async def make(self, name: str, wanted: FakeStore, state: str) -> None:
        """The role and the database are there, in this state at the end."""
        password = password_of(name, wanted.generation)
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

    def begin(self, verb: str, what: str) -> None:
        """The verb stands in the log, and fails here if it should."""
        self.log.append((verb, what))
        self.faults(verb)

    def ref(self, name: str, label: str, generation: int) -> DatabaseRef:
        """How to refer to what has this name."""
        return DatabaseRef(instance=self.instance, name=name, label=label, generation=generation, password_key="fake")

    def _seed_owner(self, seed: Seed) -> Owner:
        return self.installation, "seed", seed.repository
