"""Waiting in tests: for a condition, with an end, and with what was seen instead if it does not come true."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

Seen = TypeVar("Seen")

PAUSE = 0.05
"""Seconds between two looks: what is waited for is another process, which no event of ours can announce."""


async def until(
    look: Callable[[], Awaitable[Seen | None]],
    what: str,
    *,
    seconds: float = 30,
    show: Callable[[], Awaitable[object]] | None = None,
) -> Seen:
    """What `look` found, as soon as it finds something; AssertionError with what was seen instead, if it never does."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while loop.time() < end:
        if seen := await look():
            return seen
        await asyncio.sleep(PAUSE)
    raise AssertionError(f"not within {seconds} s: {what}" + (f"; instead: {await show()}" if show else ""))
