"""Together: several requests at once, and work that a cancellation waits for."""

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


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
