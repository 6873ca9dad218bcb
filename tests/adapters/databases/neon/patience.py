"""Patience: asks again where a database says "not yet", as Temporal's server does with every activity."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from domain.errors import NotYet
from domain.ports import Beat, Database
from domain.requests import BranchRequest
from domain.resources import Connection, DatabaseRef, Entry, Removal, Resource, Seed

Answer = TypeVar("Answer")

ATTEMPTS = 60
PAUSE = 0.01
"""Seconds between two attempts: together they outlast the lease of half a second that a test gives."""


async def patiently(ask: Callable[[], Awaitable[Answer]]) -> Answer:
    """The answer, once it is another than "not yet", or that after sixty times."""
    for _ in range(ATTEMPTS):
        try:
            return await ask()
        except NotYet:
            await asyncio.sleep(PAUSE)
    return await ask()


class Patient:
    """The port `Database` on one that is asked again until it has an answer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def entries(self, instance: str, label: str) -> tuple[Entry, ...]:
        """As the database has it."""
        return self._database.entries(instance, label)

    async def branch(self, request: BranchRequest, beat: Beat) -> DatabaseRef:
        """The branch, once it is there."""
        return await patiently(lambda: self._database.branch(request, beat))

    async def connection(self, ref: DatabaseRef) -> Connection:
        """The connection, once there is one."""
        return await patiently(lambda: self._database.connection(ref))

    async def drop(self, removal: Removal) -> tuple[Entry, ...]:
        """The entries, once they are gone."""
        return await patiently(lambda: self._database.drop(removal))

    async def list(self) -> tuple[Resource, ...]:
        """As the database has it."""
        return await self._database.list()

    async def busy(self, label: str) -> bool:
        """As the database has it."""
        return await self._database.busy(label)

    async def extend(self) -> tuple[str, ...]:
        """As the database has it, once it has nothing else to do."""
        return await patiently(self._database.extend)

    async def sealed(self, seed: Seed) -> bool:
        """As the database has it."""
        return await self._database.sealed(seed)

    async def open_seed(self, seed: Seed) -> DatabaseRef:
        """The seed, once it can be built."""
        return await patiently(lambda: self._database.open_seed(seed))

    async def seal(self, seed: Seed) -> None:
        """Nothing, once it is sealed."""
        await patiently(lambda: self._database.seal(seed))

    async def drop_seeds(self, repository: str, keep: int) -> tuple[str, ...]:
        """The names, once the seeds are gone."""
        return await patiently(lambda: self._database.drop_seeds(repository, keep))
