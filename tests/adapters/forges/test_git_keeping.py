"""What a local forge keeps beside git: under many hands at once, for the hook, and when it was damaged."""

import asyncio
import json
import multiprocessing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.forges.git import GitForge
from domain.errors import PermanentError
from domain.names import Key
from domain.phases import Phase
from domain.reports import Report
from tests.fakes.gitplaces import REPOSITORY, Clock, Place

NONE = "0" * 40


@pytest.fixture
async def place(tmp_path: Path) -> Place:
    """A forge whose main branch has one commit."""
    return await Place.made(tmp_path)


async def test_many_who_look_at_once_give_each_branch_one_number(place: Place) -> None:
    """Ten branches, twenty readers at once: ten numbers, each of one branch."""
    place.work.push(place.bare, *(f"main:refs/heads/feature-{index}" for index in range(10)))

    answers = await asyncio.gather(*(place.forge.open_pull_requests() for _ in range(20)))

    assert all(answer == answers[0] for answer in answers)
    assert [pull.key.number for pull in answers[0]] == list(range(1, 11))


def _refresh_often(folder: Path) -> None:
    forge = GitForge(instance="git", folder=folder, now=Clock())

    async def _often() -> None:
        for _ in range(10):
            await forge.refresh(REPOSITORY)

    asyncio.run(_often())


async def test_processes_that_look_at_once_agree(place: Place) -> None:
    """Worker and hooks are processes of their own; while a branch comes and goes, no number is given twice."""
    spawn = multiprocessing.get_context("spawn")
    readers = [spawn.Process(target=_refresh_often, args=(place.bare.parents[1],)) for _ in range(2)]
    for reader in readers:
        reader.start()
    rounds = 0
    while rounds < 6 or (rounds < 200 and any(reader.is_alive() for reader in readers)):
        place.work.push(place.bare, "main:refs/heads/feature")
        await place.forge.refresh(REPOSITORY)
        place.work.delete(place.bare, "feature")
        await place.forge.refresh(REPOSITORY)
        rounds += 1
    for reader in readers:
        await asyncio.to_thread(reader.join, 30)

    kept = json.loads((place.bare / "matinee" / "pulls.json").read_bytes())
    assert [reader.exitcode for reader in readers] == [0, 0]
    assert sorted(int(number) for number in kept["pulls"]) == list(range(1, rounds + 1))
    assert kept["next_number"] == rounds + 1


async def test_a_report_is_there_for_the_hook(place: Place) -> None:
    """What the hook reads back is what was reported; before that there is nothing."""
    place.pushed("feature")
    key = Key(REPOSITORY, 1)
    report = Report(key=key, forge="git", at=datetime(2026, 1, 1, tzinfo=UTC), phase=Phase.READY, detail="ü 🎭")

    before = place.forge.last_report(key)
    await place.forge.report(report)

    assert before is None
    assert place.forge.last_report(key) == report
    assert json.loads((place.bare / "matinee" / "reports" / "1.json").read_bytes())["phase"] == "ready"
    assert sorted(path.name for path in (place.bare / "matinee" / "reports").iterdir()) == ["1.json", "1.md"]


async def test_damaged_numbers_are_never_guessed(place: Place) -> None:
    """The file of numbers is cut in half: the forge refuses, says which file, and does not begin at 1 again."""
    place.pushed("feature")
    await place.forge.refresh(REPOSITORY)
    path = place.bare / "matinee" / "pulls.json"
    path.write_bytes(path.read_bytes()[:20])

    with pytest.raises(PermanentError, match=r"pulls\.json is damaged"):
        await place.forge.refresh(REPOSITORY)
