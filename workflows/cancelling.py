"""Cancelling: what makes sure that whoever was cancelled does nothing more.

asyncio.wait_for of Python 3.11 and Temporal's activities return as if nothing had been said when their end comes in
the same moment as the cancellation. A rollout that nobody wants any more would then go on.
"""

import asyncio
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
