"""Watching: previews are looked at all through a block, so that one that fails in its midst is not overlooked."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

from domain.messages import Status
from domain.names import Key
from domain.phases import Phase
from tests.waiting import PAUSE


@asynccontextmanager
async def none_failing(look: Callable[[Key], Awaitable[Status | None]], *keys: Key) -> AsyncGenerator[None]:
    """None of these previews fails inside the block; AssertionError at its end with the status of the first that did.

    `look` says what a preview says of itself, or None while nobody answers for it.
    """
    ends = asyncio.Event()

    async def watch() -> None:
        while not ends.is_set():
            for key in keys:
                status = await look(key)
                assert status is None or status.phase is not Phase.FAILED, f"{key} failed: {status}"
            await asyncio.sleep(PAUSE)

    watching = asyncio.create_task(watch())
    try:
        yield
    finally:
        ends.set()
        # Whatever else went wrong in the block, what the watching saw is the likelier cause, so it is told first.
        await watching
