"""Doing at the same time what does not depend on each other, without leaving anything running behind."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.exceptions import is_cancelled_exception

First = TypeVar("First")
Second = TypeVar("Second")
Each = TypeVar("Each")


async def both(first: Coroutine[Any, Any, First], second: Coroutine[Any, Any, Second]) -> tuple[First, Second]:
    """What both came to. If one fails, or this is cancelled, the other is cancelled and its end waited for."""
    one, two = asyncio.ensure_future(first), asyncio.ensure_future(second)
    await _joined([one, two])
    return one.result(), two.result()


async def each(coroutines: list[Coroutine[Any, Any, Each]]) -> tuple[Each, ...]:
    """What each came to, in order, under the same promise as `both`."""
    tasks = [asyncio.ensure_future(coroutine) for coroutine in coroutines]
    await _joined(tasks)
    return tuple(task.result() for task in tasks)


async def _joined(tasks: list[asyncio.Task[Any]]) -> None:
    if not tasks:
        return
    try:
        await workflow.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        # A task that is cancelled here ends only when its activity has, so that the next step finds nothing running.
        pending = [task for task in tasks if not task.done()]
        for task in pending:
            task.cancel()
        if pending:
            await workflow.wait(pending)
    # What failed by itself is told before what was only cancelled because of it.
    for task in sorted(tasks, key=_was_cancelled):
        task.result()


def _was_cancelled(task: asyncio.Task[Any]) -> bool:
    if task.cancelled():
        return True
    error = task.exception()
    return error is not None and is_cancelled_exception(error)
