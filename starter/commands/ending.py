"""Ending: what keeps servers or folders ends in order by the first Ctrl-C, and not in disorder by the second."""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Coroutine
from typing import Any

import click

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C, `kill`, and a terminal that is closed."""

ENDING_STILL = "Ending already; it takes a few seconds."


def run(work: Callable[[], Coroutine[Any, Any, None]], *, ending: str) -> bool:
    """Whether the work came to its own end; False if a signal came before it, and every block of it was left in order.

    The first signal cancels the work and says `ending`. Further ones change nothing, as what is half taken down
    would be left over.
    """
    try:
        return asyncio.run(_until_asked(work, ending))
    except asyncio.CancelledError:
        return False


async def undisturbed(work: Coroutine[Any, Any, None]) -> None:
    """The work is done, also if we are cancelled meanwhile; the cancellation goes on after it."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    finally:
        await asyncio.wait([task])
    task.result()


async def _until_asked(work: Callable[[], Coroutine[Any, Any, None]], ending: str) -> bool:
    loop, task, asked = asyncio.get_running_loop(), asyncio.current_task(), asyncio.Event()

    def end() -> None:
        _say(ENDING_STILL if asked.is_set() else ending)
        if task is not None and not asked.is_set():
            task.cancel()
        asked.set()

    for each in SIGNALS:
        # `nohup` asks to outlive the terminal.
        if not (each is signal.SIGHUP and signal.getsignal(each) is signal.SIG_IGN):
            loop.add_signal_handler(each, end)
    await work()
    # What is being left already may have taken the cancellation for its own.
    return not asked.is_set()


def _say(sentence: str) -> None:
    # Whoever listened may be gone, which must not stop the ending.
    with contextlib.suppress(OSError):
        click.secho(f"\n{sentence}", err=True, fg="yellow")
