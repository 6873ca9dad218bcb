"""Keeps calling a beat while something long goes on, so that whoever waits can tell slow from dead."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from domain.ports import Beat

_EVERY = 0.5

Result = TypeVar("Result")


async def with_beats(work: Coroutine[Any, Any, Result], beat: Beat) -> Result:
    """The work's result. Cancelled, or when the beat raises, it cancels the work and waits for its end."""
    running = asyncio.ensure_future(work)
    try:
        while not running.done():
            beat()
            await asyncio.wait({running}, timeout=_EVERY)
        return running.result()
    finally:
        if running.cancel():
            # Whatever it ends with is not the answer any more; gathering it keeps asyncio from reporting it as lost.
            await asyncio.gather(running, return_exceptions=True)
