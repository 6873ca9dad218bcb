"""Proving: one branch's whole life against a database as it is configured, step by step, and nothing left of it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from domain.errors import MatineeError, PermanentError, TemporaryError
from domain.names import PROOFS, Key
from domain.ports import Database
from domain.requests import BranchRequest
from domain.resources import Connection, DatabaseRef, Entry, Removal, Resource
from starter.commands.ending import undisturbed

LIMIT, ENDING_LIMIT = 180.0, 60.0
"""Seconds for which a step is tried, and one of the end, for which somebody may wait who has pressed Ctrl-C."""

PAUSE, LONGEST_PAUSE = 1.0, 30.0
"""Seconds before a step is tried again, where its answer does not say when."""

ABANDONED = timedelta(hours=1)
"""The age from which a doctor's branch is taken for one that nobody will drop."""

_ROW = "written by the doctor"

Result = TypeVar("Result")


@dataclass(frozen=True, kw_only=True)
class Proof:
    """One step of the life: how long it took, and what went wrong with its cure; nothing if it was as promised."""

    step: str
    seconds: float
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class Life:
    """One branch of this key on one database, named `instance` in the settings.

    `write` adds a row to what a connection leads to, `read` is all such rows. `tell` is told each step as it ends,
    `tell_waiting` the step and why, each time it has to be tried again.
    """

    database: Database
    instance: str
    key: Key
    label: str
    now: Callable[[], datetime]
    write: Callable[[Connection, str], Awaitable[None]]
    read: Callable[[Connection], Awaitable[tuple[str, ...]]]
    tell: Callable[[Proof], None]
    tell_waiting: Callable[[str, str], None]
    limit: float = LIMIT

    async def live(self) -> None:
        """Every step was told as it ended; MatineeError for the first that did not do what the port promises.

        Whatever happens, it ends without the branch, or says what is left.
        """
        entries = self.database.entries(self.instance, self.label)
        await self._forget_earlier()
        try:
            first = await self._step("branch from nothing", lambda: self._branch(1))
            await self._step("enter it and write a row", lambda: self._write(first))
            second = await self._step("reset it", lambda: self._branch(2))
            await self._step("enter it: the row is gone", lambda: self._see_nothing(second))
            await self._step("find it in the list", lambda: self._look(there=True))
        finally:
            # A second Ctrl-C must not leave what the first one has begun to drop.
            await undisturbed(self._end(entries))

    async def _end(self, entries: tuple[Entry, ...]) -> None:
        limit = min(self.limit, ENDING_LIMIT)
        await self._step("drop it", lambda: self._drop(entries), limit)
        await self._step("find it gone from the list", lambda: self._look(there=False), limit)

    async def _forget_earlier(self) -> None:
        """What a doctor left that was killed is gone; one that is at work still is left alone."""
        if left := [each for each in await self.database.list() if self._is_forgotten(each)]:
            await self._step("drop what an earlier one left", lambda: self._drop_all(left))

    def _is_forgotten(self, resource: Resource) -> bool:
        made_at, key = resource.made_at, resource.key
        old = made_at is not None and made_at < self.now() - ABANDONED
        return old and key is not None and key.repository == PROOFS

    async def _drop_all(self, left: list[Resource]) -> None:
        for each in left:
            if each.key:
                await self.database.drop(
                    Removal(
                        key=each.key,
                        label=each.label,
                        port="database",
                        instance=self.instance,
                        generation=each.generation,
                        entries=(each.entry,),
                    )
                )

    async def _branch(self, generation: int) -> DatabaseRef:
        deadline = self.now() + timedelta(seconds=self.limit)
        return await self.database.branch(
            BranchRequest(
                key=self.key,
                label=self.label,
                instance=self.instance,
                generation=generation,
                seed=None,
                deadline=deadline,
            ),
            _unheard,
        )

    async def _write(self, ref: DatabaseRef) -> None:
        await self.write(await self.database.connection(ref), _ROW)

    async def _see_nothing(self, ref: DatabaseRef) -> None:
        if found := await self.read(await self.database.connection(ref)):
            raise PermanentError(f"a branch of a higher generation still has {len(found)} row(s) of the one before it")

    async def _drop(self, entries: tuple[Entry, ...]) -> None:
        removal = Removal(
            key=self.key, label=self.label, port="database", instance=self.instance, generation=3, entries=entries
        )
        left = set(entries) - set(await self.database.drop(removal))
        if left:
            raise TemporaryError(f"still there: {', '.join(str(entry) for entry in sorted(left))}")

    async def _look(self, *, there: bool) -> None:
        listed = [str(each.entry) for each in await self.database.list() if each.key == self.key]
        if bool(listed) is not there:
            raise TemporaryError(f"the list has {', '.join(listed) or 'nothing'} of {self.key}")

    async def _step(self, step: str, work: Callable[[], Awaitable[Result]], limit: float | None = None) -> Result:
        """What the work returned; it is told either way, and tried again for as long as its errors may pass."""
        began = time.monotonic()
        try:
            result = await self._repeated(step, work, began + (limit or self.limit))
        except MatineeError as error:
            self.tell(Proof(step=step, seconds=time.monotonic() - began, problem=error.message))
            raise
        self.tell(Proof(step=step, seconds=time.monotonic() - began))
        return result

    async def _repeated(self, step: str, work: Callable[[], Awaitable[Result]], end: float) -> Result:
        pause = PAUSE
        while True:
            try:
                return await work()
            except TemporaryError as error:
                wait = error.retry_after or pause
                if time.monotonic() + wait > end:
                    raise
                self.tell_waiting(step, error.message)
            await asyncio.sleep(wait)
            pause = min(pause * 2, LONGEST_PAUSE)


def _unheard() -> None:
    """Nobody waits for a sign of life: whoever runs the doctor sees it end."""
