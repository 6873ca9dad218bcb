"""Doing at the same time what does not depend on each other, without leaving anything running behind."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows.cancelling import is_thrown_away

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
        if not is_thrown_away():
            await _all_ended(tasks)
    # What failed by itself is told before what was only cancelled because of it.
    for task in sorted(tasks, key=lambda task: task.cancelled()):
        task.result()


async def _all_ended(tasks: list[asyncio.Task[Any]]) -> None:
    """None runs any more: one that is cancelled here ends only when its activity has, so that nothing overlaps."""
    for task in tasks:
        task.cancel()
    await workflow.wait(tasks)
    for task in tasks:
        # Whoever cancelled all of this does not ask what became of each; a failure nobody asks for is logged as lost.
        _ = task.cancelled() or task.exception()
