"""Loads: calling something as fast as it answers, or at a steady rate whatever it answers."""

import asyncio
import time
from collections.abc import Awaitable, Callable

Call = Callable[[], Awaitable[object]]


async def highest_rate(call: Call, *, seconds: float, in_flight: int) -> float:
    """Calls per second when each of so many callers calls again as soon as it has its answer."""
    began = time.perf_counter()
    counts = await asyncio.gather(*(_repeated(call, began + seconds) for _ in range(in_flight)))
    return sum(counts) / (time.perf_counter() - began)


async def latencies(call: Call, *, rate: float, seconds: float) -> list[float]:
    """Seconds from when each call was due until its answer, at this rate.

    What a call waits because an earlier one was slow counts too, as it does for those who wait.
    """
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        tasks: list[asyncio.Task[float]] = []
        for number in range(max(1, round(rate * seconds))):
            due = began + number / rate
            await asyncio.sleep(due - time.perf_counter())
            tasks.append(group.create_task(_since(due, call)))
    return [task.result() for task in tasks]


async def _repeated(call: Call, end: float) -> int:
    count = 0
    while time.perf_counter() < end:
        await call()
        count += 1
    return count


async def _since(due: float, call: Call) -> float:
    await call()
    return time.perf_counter() - due
