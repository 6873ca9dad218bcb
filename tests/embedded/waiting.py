"""Waiting for what other processes do: a bounded poll instead of a sleep of a guessed length."""

import asyncio
from collections.abc import Callable

import psutil

_POLL_SECONDS = 0.02


async def eventually(condition: Callable[[], bool], within: float = 15.0) -> None:
    """Returns once the condition holds; fails the test if it does not within so many seconds."""
    async with asyncio.timeout(within):
        while not condition():  # noqa: ASYNC110 - another process sets no event of ours
            await asyncio.sleep(_POLL_SECONDS)


def alive(members: list[psutil.Process]) -> list[psutil.Process]:
    """Those of these very processes that still run; a zombie waits only for its parent and does nothing."""
    return [each for each in members if each.is_running() and not _is_zombie(each)]


def _is_zombie(process: psutil.Process) -> bool:
    """Whether the process has ended and waits for its parent to hear of it."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
