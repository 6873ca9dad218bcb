"""Together: several requests at once, work that a cancellation waits for, and looking again for a moment."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from domain.errors import NotYet

Result = TypeVar("Result")

_PAUSE = 0.25


async def together(*work: Awaitable[Result]) -> list[Result]:
    """What each returns. If any fails, the first failure is raised once all have ended, so that none goes on."""
    results = await asyncio.gather(*work, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return [result for result in results if not isinstance(result, BaseException)]


async def uninterrupted(work: Coroutine[Any, Any, Result]) -> Result:
    """What the work returns. Cancelled, it raises only once the work has ended."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait((task,))
        raise


async def patiently(look: Callable[[], Awaitable[Result]], seconds: float) -> Result:
    """What the look returns, which is asked again for so many seconds as long as its answer is `not yet`."""
    stop_at = time.monotonic() + seconds
    while True:
        try:
            return await look()
        except NotYet:
            if time.monotonic() >= stop_at:
                raise
        await asyncio.sleep(_PAUSE)
