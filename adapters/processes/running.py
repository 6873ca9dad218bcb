"""Running a confined command to its end from a coroutine."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from adapters.processes.commands import Command, Outcome
from adapters.processes.confinements import Confinement

Result = TypeVar("Result")
_PAUSE = 0.1
_THREADS = 64


@cache
def _threads() -> ThreadPoolExecutor:
    """Threads for work that mostly waits.

    Asyncio's own are six on two cores, and as many long copies would keep every other preview waiting.
    """
    return ThreadPoolExecutor(_THREADS, thread_name_prefix="adapters")


async def run(confinement: Confinement, beat: Callable[[], None]) -> Outcome:
    """How the command ended; what it wrote is in its log. Cancelled, it is ended with all that it started first."""
    command = Command(confinement)
    try:
        await uninterrupted(command.start)
        while (outcome := await uninterrupted(command.poll)) is None:
            beat()
            await asyncio.sleep(_PAUSE)
    except BaseException:
        # A cancellation, or a beat that raises: either way nobody waits for the command any more.
        await uninterrupted(command.end)
        raise
    return outcome


async def uninterrupted(work: Callable[[], Result]) -> Result:
    """What the work returns, done in a thread. Cancelled, it raises only once the work has ended.

    A thread cannot be cancelled; it would go on making what the next verb has just removed.
    """
    task = asyncio.get_running_loop().run_in_executor(_threads(), work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait((task,))
        raise
