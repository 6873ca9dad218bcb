"""`matinee demo`: it shows the whole life, and whatever happens, it leaves nothing behind."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.endtoend.processes import ROOT, belonging, end_all, matinee
from tests.servers import open_folder
from tests.waiting import until

pytestmark = [pytest.mark.server, pytest.mark.slow]

BROKEN = """\
import os, sys
from domain.errors import MatineeError
from starter.commands.demo import demonstrated
from starter.commands.stories import Story
try:
    code = demonstrated(Story(migration="ALTER TABLE no_such_table ADD COLUMN badge text;"))
except MatineeError as error:
    print(error.message)
    code = 1
sys.stdout.flush()
os._exit(code)
"""
"""The demo, of a branch whose migration fails."""

MOMENTS = [
    ("Starting", signal.SIGINT),
    ("page http", signal.SIGTERM),
    ("database   …", signal.SIGINT),
    ("migration  …", signal.SIGINT),
    ("deploy     …", signal.SIGTERM),
    ("A second commit", signal.SIGHUP),
    ("closing", signal.SIGINT),
    ("removed and verified", signal.SIGINT),
]
"""What the demo has just printed, and the signal that it gets then."""


@dataclass(frozen=True)
class Demo:
    """A demo that runs; `folder` is what it takes for the system's folder for temporary files."""

    process: asyncio.subprocess.Process
    folder: Path
    home: Path
    output: Path

    @property
    def printed(self) -> str:
        """All that it has printed so far."""
        return self.output.read_text()

    async def has_printed(self, sign: str) -> bool:
        """Whether it has come so far."""
        # In this order: at its very start it can stop, and end, between two looks.
        ended = self.process.returncode is not None
        found = sign in self.printed
        assert found or not ended, self.printed
        return found

    async def code(self) -> int:
        """Its exit code."""
        async with asyncio.timeout(180):
            return await self.process.wait()

    def left(self) -> list[object]:
        """Files and processes that are left of it."""
        return [*self.folder.iterdir(), *self.home.iterdir(), *belonging(self.folder), *belonging(self.home)]


@contextlib.asynccontextmanager
async def demo(*command: str) -> AsyncGenerator[Demo]:
    """A demo that has just been started, as a person would, with folders of its own."""
    with open_folder() as place:
        folder, home, output = place / "temporary", place / "home", place / "printed"
        folder.mkdir()
        home.mkdir()
        with output.open("wb") as opened:
            process = await asyncio.create_subprocess_exec(
                # A test run under nohup ignores this signal, and so would what it starts.
                *("env", "--default-signal=HUP", *(command or matinee("demo"))),
                env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TMPDIR": str(folder), "HOME": str(home)},
                cwd="/",
                stdout=opened,
                stderr=opened,
            )
        try:
            yield Demo(process, folder, home, output)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
            end_all(folder)


async def test_it_shows_the_whole_life_and_leaves_nothing() -> None:
    """A newcomer sees a push, a migration, a URL, an update and the verified end, and owes nothing afterwards."""
    async with demo() as shown:
        code = await shown.code()

        assert code == 0, shown.printed
        assert "→ the seed is there: 300 products" in shown.printed
        assert "→ the page says “Now with badges.”" in shown.printed
        assert "8 of 8 removed and verified" in shown.printed
        assert shown.left() == []


async def test_a_step_that_fails_is_named_and_all_is_removed() -> None:
    """Where something goes wrong, the checklist says what and why, the exit code says so too, and nothing is left."""
    async with demo(sys.executable, "-P", "-c", BROKEN) as shown:
        code = await shown.code()

        assert code == 1, shown.printed
        assert "migration  ✗" in shown.printed
        assert 'relation "no_such_table" does not exist' in shown.printed
        assert "the demo failed: the preview is not ready, but failed" in shown.printed
        assert shown.left() == []


@pytest.mark.parametrize(("sign", "number"), MOMENTS)
async def test_a_signal_at_any_moment_ends_it_in_order(sign: str, number: signal.Signals) -> None:
    """Whoever has seen enough presses Ctrl-C, twice if impatient, or closes the terminal, and nothing is left."""
    async with demo() as shown:
        await until(lambda: shown.has_printed(sign), f"the demo has come to {sign!r}", seconds=120)
        shown.process.send_signal(number)
        await until(lambda: shown.has_printed("Stopping"), "it says that it stops")
        with contextlib.suppress(ProcessLookupError):
            shown.process.send_signal(number)
        code = await shown.code()

        assert code == 130, shown.printed
        assert "Traceback" not in shown.printed
        assert shown.left() == []


async def test_a_reader_that_goes_away_ends_it_in_order() -> None:
    """`matinee demo | head` leaves nothing either."""
    piped = f"{' '.join(matinee('demo'))} | head -n 5"
    async with demo("/bin/bash", "-o", "pipefail", "-c", piped) as shown:
        code = await shown.code()

        assert code != 0
        assert "A pull request" in shown.printed
        assert "Traceback" not in shown.printed
        assert shown.left() == []
