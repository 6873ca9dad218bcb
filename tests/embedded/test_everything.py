"""All parts at once: they come and go together, whatever ends the process that started them."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import psutil
import pytest

from activities import attributes
from domain.errors import PermanentError
from embedded.everything import PORTS, Parts, everything
from embedded.leftovers import family
from embedded.ports import HOST
from tests.embedded.waiting import alive, eventually

pytestmark = pytest.mark.server

_ANY = dict.fromkeys(PORTS, 0)


def _members(parts: Parts) -> list[psutil.Process]:
    """Every process of every part."""
    processes = (parts.temporal.process, parts.postgres.process, parts.traefik.process)
    return [member for process in processes for member in family(process.pid)]


async def _parent(folder: Path) -> tuple[asyncio.subprocess.Process, list[psutil.Process]]:
    """A process that has started all parts, and the processes that these are."""
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.embedded.parents", str(folder)),
        cwd=Path(__file__).parents[2],
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert parent.stdout is not None
    return parent, [psutil.Process(pid) for pid in json.loads(await parent.stdout.readline())]


async def test_all_parts_come_and_go_together(open_folder: Path) -> None:
    """One block, one folder: everything answers inside, nothing runs after."""
    async with everything(open_folder, search_attributes=attributes.ALL, preferred=_ANY) as parts:
        members = _members(parts)
        ports = json.loads((open_folder / "ports.json").read_text())

    assert parts.temporal.address == f"{HOST}:{ports['temporal']}"
    assert parts.postgres.port == ports["postgres"]
    assert parts.traefik.port == ports["previews"]
    assert parts.postgres.password not in repr(parts)
    await eventually(lambda: not alive(members))


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda ending: ending.name)
async def test_no_part_outlives_the_process_that_started_it(open_folder: Path, ending: signal.Signals) -> None:
    """Ctrl-C, a stop by the system and even kill -9 leave nothing running, and the next start works."""
    parent, members = await _parent(open_folder)

    parent.send_signal(ending)
    await parent.wait()
    await eventually(lambda: not alive(members))

    assert len(members) > 3
    async with everything(open_folder, search_attributes=attributes.ALL, preferred=_ANY) as parts:
        assert alive(_members(parts))


async def test_a_second_start_on_one_folder_is_refused(open_folder: Path) -> None:
    """The user learns which process has the folder; the first installation runs on undisturbed."""
    async with everything(open_folder, search_attributes=attributes.ALL, preferred=_ANY) as parts:
        with pytest.raises(PermanentError, match=f"as process {os.getpid()}"):
            async with everything(open_folder, search_attributes=attributes.ALL, preferred=_ANY):
                pass

        assert len(alive(_members(parts))) > 3


@pytest.mark.parametrize("part", ["temporal", "postgres", "traefik"])
async def test_a_part_that_dies_is_noticed(open_folder: Path, part: str) -> None:
    """The user reads which part died instead of wondering why previews stand still."""
    async with everything(open_folder, search_attributes=attributes.ALL, preferred=_ANY) as parts:
        os.kill(getattr(parts, part).process.pid, signal.SIGKILL)
        async with asyncio.timeout(10):
            words = await parts.died()

    assert part in words.lower()
    assert "SIGKILL" in words


async def test_a_part_that_cannot_start_takes_the_others_back(open_folder: Path) -> None:
    """A start is whole or not at all, and the first cause is what the user reads."""
    (open_folder / "temporal" / "temporal.sqlite").mkdir(parents=True)
    before = {member.pid for member in psutil.Process().children(recursive=True)}

    with pytest.raises(PermanentError, match="Temporal ended before it was ready"):
        async with everything(open_folder, search_attributes=attributes.ALL, preferred=_ANY):
            pass

    after = {member.pid for member in alive(psutil.Process().children(recursive=True))}
    assert after <= before
