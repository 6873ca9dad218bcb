"""Cancelling: what makes sure that whoever was cancelled does nothing more.

asyncio.wait_for of Python 3.11 and Temporal's activities return as if nothing had been said when their end comes in
the same moment as the cancellation. A rollout that nobody wants any more would then go on.
"""

import asyncio
import sys
from collections.abc import Awaitable
from typing import TypeVar

from temporalio.exceptions import ActivityError, is_cancelled_exception

Answer = TypeVar("Answer")


async def unless_cancelled(doing: Awaitable[Answer]) -> Answer:
    """What came of it; asyncio's CancelledError if whoever waits for it was cancelled meanwhile."""
    try:
        answer = await doing
    except ActivityError as error:
        if is_cancelled_exception(error):
            raise asyncio.CancelledError from error
        refuse_cancelled()
        raise
    refuse_cancelled()
    return answer


def refuse_cancelled() -> None:
    """Returns if the task that calls this was not cancelled; CancelledError if it was."""
    task = asyncio.current_task()
    if task and task.cancelling():
        raise asyncio.CancelledError


def is_thrown_away() -> bool:
    """Whether the coroutine that calls this, from a `finally`, is garbage that is being collected, never to go on.

    That can be while another workflow runs: whatever it did then would be done in the other one's name.
    """
    return isinstance(sys.exception(), GeneratorExit)
