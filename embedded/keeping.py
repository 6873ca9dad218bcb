"""Keeping: a command of ours runs as long as its block does, and is started again whenever it ends by itself."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from domain.errors import MatineeError
from embedded.processes import Program, running

PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds before a command that ended is started again, the first, the second, … time."""

STABLE = 300.0
"""Seconds of running after which earlier ends are forgotten."""

_START_WITHIN = 90.0


class Kept:
    """A program that is kept running.

    `ready` says whether it answers, `prepare` is called before each start, `tell` hears of each end in a sentence.
    `pauses` are the seconds before it is started again.
    """

    def __init__(
        self,
        program: Program,
        *,
        ready: Callable[[], Awaitable[bool]],
        tell: Callable[[str], None],
        prepare: Callable[[], None] = lambda: None,
        pauses: tuple[float, ...] = PAUSES,
    ) -> None:
        self._program = program
        self._ready = ready
        self._tell = tell
        self._prepare = prepare
        self._pauses = pauses
        self._answered = asyncio.Event()
        self._keeping: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """It runs, or is about to, inside the block; nothing of it runs after."""
        self._keeping = keeping = asyncio.create_task(self._keep())
        try:
            yield
        finally:
            keeping.cancel()
            with suppress(asyncio.CancelledError, MatineeError):
                await keeping

    async def answers(self) -> None:
        """Returns once it has answered for the first time; an error of ours with its last lines if it ends before."""
        if self._keeping is None:
            return
        answered = asyncio.create_task(self._answered.wait())
        try:
            await asyncio.wait([answered, self._keeping], return_when=asyncio.FIRST_COMPLETED)
            if self._keeping.done():
                self._keeping.result()
        finally:
            answered.cancel()

    async def _keep(self) -> None:
        ends, loop = 0, asyncio.get_running_loop()
        while True:
            began = loop.time()
            what = await self._until_it_ends()
            ends = 0 if loop.time() - began > STABLE else ends
            pause = self._pauses[min(ends, len(self._pauses) - 1)]
            self._tell(f"{what}\nIt is started again in {pause:g} s.")
            await asyncio.sleep(pause)
            ends += 1

    async def _until_it_ends(self) -> str:
        """Why it ended. One that has never answered is not started again: then its settings are wrong."""
        self._prepare()
        try:
            async with running(self._program, self._ready, within=_START_WITHIN) as process:
                if self._answered.is_set():
                    self._tell(f"{self._program.name} runs again.")
                self._answered.set()
                return await process.died()
        except MatineeError as error:
            if not self._answered.is_set():
                raise
            return error.message
