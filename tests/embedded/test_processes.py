"""A part lives exactly as long as its block, and says why when it does not live at all."""

import asyncio
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from domain.errors import PermanentError
from embedded import leftovers
from embedded.leftovers import family
from embedded.processes import Program, finish, running
from tests.embedded.waiting import alive, eventually

_FAMILY = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("ready", flush=True)
time.sleep(600)
"""
"""A part with a child of its own."""

_DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + _FAMILY
"""A part that does not end when it is asked to."""


def _part(folder: Path, code: str) -> Program:
    """A part that runs this Python."""
    return Program(name="Part", command=(sys.executable, "-c", code), folder=folder, cure="Do this.", grace=5.0)


async def _yes() -> bool:
    """A part that is ready at once."""
    return True


async def _no() -> bool:
    """A part that never answers."""
    return False


@pytest.mark.parametrize("code", [_FAMILY, _DEAF], ids=["obedient", "deaf"])
async def test_nothing_of_a_part_is_left_after_its_block(tmp_path: Path, code: str) -> None:
    """A part is ended with all that it started, whether it listens or not."""
    program = replace(_part(tmp_path, code), grace=0.3)

    async def written() -> bool:
        return "ready" in program.log.read_text()

    async with running(program, written) as part:
        members = family(part.pid)

    assert len(members) == 2
    await eventually(lambda: not alive(members))
    assert not program.pid_file.exists()


async def test_a_part_that_fails_in_its_block_is_ended_too(tmp_path: Path) -> None:
    """An error in the middle leaves no process."""
    members: list[psutil.Process] = []

    async def work() -> None:
        async with running(_part(tmp_path, _FAMILY), _yes) as part:
            members.extend(family(part.pid))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await work()

    assert members
    await eventually(lambda: not alive(members))


async def test_a_part_that_ends_too_soon_says_which_why_and_what_to_do(tmp_path: Path) -> None:
    """The user reads the part's own last words beside the cure."""
    program = _part(tmp_path, "raise SystemExit('the disk is full')")

    with pytest.raises(PermanentError, match=r"(?s)Part ended before.*exit code 1.*Do this.*the disk is full"):
        async with running(program, _no):
            pass


async def test_a_part_that_never_answers_is_given_up(tmp_path: Path) -> None:
    """A start does not wait for ever."""
    with pytest.raises(PermanentError, match="did not answer within 0 seconds"):
        async with running(_part(tmp_path, _FAMILY), _no, within=0.1):
            pass


async def test_a_program_that_cannot_be_run_says_so(tmp_path: Path) -> None:
    """A file that is missing is named."""
    program = replace(_part(tmp_path, ""), command=(str(tmp_path / "absent"),))

    with pytest.raises(PermanentError, match=r"cannot run .*absent: No such file"):
        async with running(program, _no):
            pass


async def test_a_part_that_dies_later_is_noticed_with_its_last_lines(tmp_path: Path) -> None:
    """Nobody has to look into a log to learn that a server was killed."""
    async with running(_part(tmp_path, _FAMILY), _yes) as part:
        os.kill(part.pid, signal.SIGKILL)
        async with asyncio.timeout(5):
            words = await part.died()

    assert "Part ended by itself (signal SIGKILL)" in words


async def test_a_part_sees_nothing_of_our_environment(tmp_path: Path) -> None:
    """A token in the shell that started us reaches no server."""
    program = _part(tmp_path, "import os; print(list(os.environ))")

    await finish(program)

    # pytest sets this one for the time of each test.
    assert "PYTEST_CURRENT_TEST" in os.environ
    assert "PYTEST_CURRENT_TEST" not in program.log.read_text()


async def test_a_program_that_fails_is_an_error_with_its_last_lines(tmp_path: Path) -> None:
    """A first start that cannot make its data says what stood in the way."""
    with pytest.raises(PermanentError, match=r"(?s)Part failed \(exit code 1\).*no room"):
        await finish(_part(tmp_path, "raise SystemExit('no room')"))


async def test_a_start_ends_what_a_killed_run_left(tmp_path: Path) -> None:
    """Even where the kernel did not help, two servers never run on one folder."""
    program = _part(tmp_path, _FAMILY)
    left = await asyncio.create_subprocess_exec(sys.executable, "-c", _FAMILY, stdout=asyncio.subprocess.DEVNULL)
    leftovers.remember(program.pid_file, left.pid)
    members = family(left.pid)

    async with running(program, _yes):
        assert not alive(members)
    await left.wait()


async def test_a_process_that_only_has_the_number_of_a_leftover_is_left_alone(tmp_path: Path) -> None:
    """Numbers are given again, and then they are somebody else's."""
    program = _part(tmp_path, _FAMILY)
    program.pid_file.write_text(f'{{"pid": {os.getpid()}, "started": 1.0}}')

    async with running(program, _yes):
        assert psutil.Process().is_running()
