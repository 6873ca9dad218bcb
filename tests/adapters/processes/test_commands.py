"""Confined commands: what they get, what they may use, and that nothing of them survives."""

import asyncio
import os
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.processes import logs
from adapters.processes.commands import Outcome
from adapters.processes.confinements import Confinement
from adapters.processes.finding import under
from adapters.processes.folders import give, make_home, make_passable
from adapters.processes.running import run
from adapters.processes.users import Users
from domain.errors import PermanentError
from tests.servers import open_folder

pytestmark = pytest.mark.server

_KINDS = ["our user"] + (["own user"] if os.geteuid() == 0 else [])


@pytest.fixture(params=_KINDS)
def bounds(request: pytest.FixtureRequest) -> Generator[Confinement]:
    """A confinement without a command yet, on a folder of its own."""
    with open_folder() as data:
        user = Users(data).of("test") if request.param == "own user" else None
        folder = data / "command" / "tree"
        make_passable(folder)
        give(folder, user)
        make_home(data / "command" / "home", user)
        yield Confinement(
            command=(),
            folder=folder,
            home=data / "command" / "home",
            log=data / "log",
            mark=str(data / "command"),
            user=user,
            seconds=20.0,
        )
        assert under(str(data)) == []


async def ended(bounds: Confinement, *command: str) -> tuple[Outcome, str]:
    """How the command ended and what it wrote."""
    outcome = await run(replace(bounds, command=command), lambda: None)
    return outcome, logs.tail(bounds.log, 100)


async def test_a_command_gets_what_it_is_given_and_nothing_of_ours(bounds: Confinement) -> None:
    """A variable of the worker, where keys stand, is not in the environment of a command."""
    assert "PYTEST_CURRENT_TEST" in os.environ, "this process has no variable of its own to look for"

    _, written = await ended(replace(bounds, environment={"GREETING": "hello"}), "env")

    names = {line.partition("=")[0] for line in written.splitlines()}
    assert names - {"PWD", "SHLVL", "_"} == {"PATH", "HOME", "LANG", "TMPDIR", "MATINEE_PROCESS", "GREETING"}


async def test_a_command_has_a_session_a_home_and_a_closed_umask(bounds: Confinement) -> None:
    """It leads its own session, writes into its own home, and nobody else reads what it makes."""
    script = 'touch "$HOME/a" "$TMPDIR/b" c; umask; [ "$(ps -o sid= -p $$ | tr -d " ")" = $$ ] && echo leads'

    _, written = await ended(bounds, "sh", "-c", script)

    assert written.split() == ["0077", "leads"]
    assert (bounds.folder / "c").exists()


async def test_a_command_ends_with_its_own_code(bounds: Confinement) -> None:
    """An exit code, a signal, and a program that is not there are told apart."""
    assert (await ended(bounds, "sh", "-c", "exit 3"))[0].exit_code == 3
    assert (await ended(bounds, "sh", "-c", "kill -9 $$"))[0].reason == "it was ended by the signal SIGKILL"
    outcome, written = await ended(bounds, "no-such-program")
    assert (outcome.exit_code, "not found" in written) == (127, True)


async def test_a_variable_that_cannot_be_given_is_not_quoted(bounds: Confinement) -> None:
    """A broken secret stops the command, and is not shown by the error that says so."""
    with pytest.raises(PermanentError) as caught:
        await ended(replace(bounds, environment={"KEY": "moon\0light"}), "true")

    assert "moon" not in caught.value.message


async def test_too_much_memory_ends_the_whole_tree_with_the_reason(bounds: Confinement) -> None:
    """What a child uses counts too, and I am told how much it was and may be."""
    hungry = "x = b'x' * 200_000_000; import time; time.sleep(60)"
    script = f'python3 -c "{hungry}" & wait'

    outcome, written = await ended(replace(bounds, memory_mib=100), "sh", "-c", script)

    assert outcome.over_limit
    assert "MiB of memory, and may use 100" in outcome.reason
    assert outcome.reason in written


async def test_too_many_processes_end_with_the_reason(bounds: Confinement) -> None:
    """A command that forks and forks is ended, and says why."""
    script = "for i in 1 2 3 4 5 6 7 8 9; do sleep 60 & done; wait"

    outcome, _ = await ended(replace(bounds, processes=5), "sh", "-c", script)

    assert outcome.over_limit
    assert "processes, and may run 5" in outcome.reason


@pytest.mark.parametrize("escape", ["sleep 1000", "setsid sleep 1000", "trap '' TERM; sleep 1000"])
async def test_what_a_command_leaves_behind_is_ended_with_it(bounds: Confinement, escape: str) -> None:
    """A server that a migration started by mistake does not outlive it, wherever it went."""
    outcome, _ = await ended(bounds, "sh", "-c", f"({escape}) & exit 0")

    assert outcome.exit_code == 0
    assert under(bounds.mark) == []


async def test_clearing_the_variables_hides_nothing(bounds: Confinement) -> None:
    """A process without its mark is ended too; with a user of its own, even if it also left its session."""
    leaving = "setsid" if bounds.user else ""
    seconds = str(900_000 + os.getpid())

    await ended(bounds, "sh", "-c", f"{leaving} env -i /bin/sleep {seconds} & sleep 0.5; exit 0")

    assert not _runs(seconds)


@pytest.mark.parametrize("mark", ["/nowhere", "/tmp", "/", "{mark}/../command"])  # noqa: S108 - a name, nothing is made
async def test_a_forged_mark_hides_nothing(bounds: Confinement, mark: str) -> None:
    """A process that says it belongs elsewhere is ended with the command that started it."""
    leaving = "setsid" if bounds.user else ""
    seconds = str(800_000 + os.getpid())
    forged = f"MATINEE_PROCESS={mark.format(mark=bounds.mark)}"

    await ended(bounds, "sh", "-c", f"{leaving} env {forged} /bin/sleep {seconds} & sleep 0.5; exit 0")

    assert not _runs(seconds)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives commands users of their own")
async def test_a_command_of_another_installation_with_the_same_user_is_left_alone() -> None:
    """Two installations that gave away the same number do not end each other's commands."""
    with open_folder() as data:
        here, there = (_marked(data, name, user=64_999) for name in ("here", "there"))
        theirs = asyncio.create_task(ended(there, "sleep", "3"))
        while not under(there.mark):  # noqa: ASYNC110 - another process starts, which no Event tells
            await asyncio.sleep(0.05)

        await ended(here, "true")

        assert under(there.mark)
        assert (await theirs)[0].exit_code == 0


def _marked(data: Path, name: str, *, user: int) -> Confinement:
    """A confinement in a folder of its own, of this user."""
    place = data / name
    make_passable(place / "tree")
    give(place / "tree", user)
    make_home(place / "home", user)
    return Confinement(
        command=(), folder=place / "tree", home=place / "home", log=data / f"{name}.log", mark=str(place), user=user
    )


async def test_a_cancelled_command_has_ended_with_all_it_started(bounds: Confinement) -> None:
    """Nothing runs once the cancellation has come through."""
    confinement = replace(bounds, command=("sh", "-c", "setsid sleep 1000 & sleep 1000"))
    began = asyncio.Event()
    task = asyncio.create_task(run(confinement, began.set))
    await began.wait()

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert under(bounds.mark) == []


async def test_a_talkative_command_fills_no_disk(bounds: Confinement) -> None:
    """Only the last lines of a log are kept, and they are the last."""
    script = "i=0; while [ $i -lt 60 ]; do head -c 65536 /dev/zero | tr '\\0' x; echo; i=$((i+1)); sleep 0.03; done"

    _, written = await ended(bounds, "sh", "-c", f"{script}; echo the end")

    assert written.endswith("the end")
    assert sum(file.stat().st_size for file in (bounds.log, Path(f"{bounds.log}.old"))) < 4 * logs.LIMIT


def _runs(argument: str) -> bool:
    lines = (file for file in Path("/proc").glob("[0-9]*/cmdline"))
    return any(argument.encode() in _content(file).split(b"\0") for file in lines)


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""
