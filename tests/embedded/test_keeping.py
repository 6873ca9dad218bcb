"""A worker or receiver that dies is started again, ever more patiently; one that never worked is not."""

import asyncio
import contextlib
import signal
import sys
from pathlib import Path

import psutil
import pytest

from domain.errors import PermanentError
from embedded.keeping import Kept
from embedded.processes import Program
from tests.embedded.waiting import eventually

_ENDURING = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"


def _program(folder: Path, code: str) -> Program:
    return Program(name="Part", command=(sys.executable, "-c", code), folder=folder, cure="Do this.", grace=5.0)


async def _yes() -> bool:
    """A part that is ready at once."""
    return True


def _pids(folder: Path) -> list[int]:
    """The number of every process that was started so far, the first first."""
    log = folder / "part.log"
    return [int(line) for line in log.read_text().split()] if log.exists() else []


async def test_what_ends_is_started_again_after_growing_pauses(tmp_path: Path) -> None:
    """Each end is told with the pause that follows it, so that nobody wonders whether anything happens."""
    told: list[str] = []
    kept = Kept(_program(tmp_path, _ENDURING), ready=_yes, tell=told.append, pauses=(0.01, 0.02))

    async with kept.running():
        await kept.answers()
        for number in (1, 2, 3):
            await eventually(lambda number=number: len(_pids(tmp_path)) == number)
            psutil.Process(_pids(tmp_path)[-1]).send_signal(signal.SIGKILL)
        await eventually(lambda: len(_pids(tmp_path)) == 4)

    pauses = [sentence.rpartition(" in ")[2] for sentence in told if "started again" in sentence]
    assert pauses == ["0.01 s.", "0.02 s.", "0.02 s."]
    assert all("signal SIGKILL" in sentence for sentence in told if "started again" in sentence)


async def test_nothing_of_it_runs_after_the_block(tmp_path: Path) -> None:
    """However often it was started, the last one ends with the block."""
    kept = Kept(_program(tmp_path, _ENDURING), ready=_yes, tell=print)

    async with kept.running():
        await kept.answers()
        await eventually(lambda: len(_pids(tmp_path)) == 1)

    assert not psutil.pid_exists(_pids(tmp_path)[0])


async def test_what_never_answered_is_an_error_with_its_last_words(tmp_path: Path) -> None:
    """Wrong settings stop the start at once, instead of being tried again and again."""
    kept = Kept(_program(tmp_path, "import sys; sys.exit('no such setting')"), ready=_never, tell=print)

    async with kept.running():
        with pytest.raises(PermanentError, match="no such setting"):
            await kept.answers()


async def test_each_start_is_prepared(tmp_path: Path) -> None:
    """What an earlier process left cannot be taken for a sign of the new one."""
    prepared = asyncio.Event()
    kept = Kept(_program(tmp_path, _ENDURING), ready=_yes, tell=print, prepare=prepared.set)

    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(kept.running())
        await kept.answers()

    assert prepared.is_set()


async def _never() -> bool:
    return False
