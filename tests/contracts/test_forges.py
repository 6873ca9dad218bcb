"""What every forge promises, the fake one included."""

import importlib
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from domain.errors import PermanentError
from domain.names import Key
from domain.phases import Phase, Reason
from domain.reports import Report
from tests.contracts.forge_bench import ForgeBench, ForgeBenchOpener


def _benches() -> list[Any]:
    """A parameter for every bench that a `benches_*.py` beside this file offers."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("benches_*.py"))
    modules = [importlib.import_module(f"tests.contracts.{name}") for name in names]
    return [
        pytest.param(opener, id=name, marks=getattr(module, "FORGE_MARKS", ()))
        for module in modules
        for name, opener in getattr(module, "FORGE_BENCHES", {}).items()
    ]


@pytest.fixture(params=_benches())
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[ForgeBench]:
    """One forge with one repository, afresh for every test."""
    opener: ForgeBenchOpener = request.param
    async with opener(tmp_path) as opened:
        yield opened


def _report(key: Key, phase: Phase) -> Report:
    return Report(key=key, forge="any", at=datetime(2026, 1, 1, tzinfo=UTC), phase=phase)


async def test_an_opened_pull_request_tells_its_facts(bench: ForgeBench) -> None:
    """I open a pull request; the forge says that it is open, from where to where, and what I called it."""
    key = await bench.open("feature", {"page.txt": b"one"}, title="Show the price")

    pull = await bench.forge.pull_request(key)

    assert (pull.key, pull.is_open, pull.title) == (key, True, "Show the price")
    assert (pull.base_branch, pull.head_branch) == ("main", "feature")
    assert (pull.stranger, pull.draft) == (False, False)
    assert pull.head.pushed_at.tzinfo is not None


async def test_the_head_has_my_change_and_the_base_has_not(bench: ForgeBench) -> None:
    """What I changed is at the head, and only there; what I left alone is at both."""
    key = await bench.open("feature", {"page.txt": b"one"})

    pull = await bench.forge.pull_request(key)

    assert await bench.forge.file(bench.repository, pull.head.commit, "page.txt") == b"one"
    assert await bench.forge.file(bench.repository, pull.base_commit, "page.txt") is None
    assert await bench.forge.file(bench.repository, pull.base_commit, "README.md") == b"# Shop\n"
    assert await bench.forge.file(bench.repository, pull.head.commit, "README.md") == b"# Shop\n"


async def test_a_push_moves_the_head_and_keeps_the_number(bench: ForgeBench) -> None:
    """I push again; the same pull request has a new head, pushed no earlier, and the old commit is what it was."""
    key = await bench.open("feature", {"page.txt": b"one"})
    before = await bench.forge.pull_request(key)

    commit = await bench.push(key, {"page.txt": b"two"})
    after = await bench.forge.pull_request(key)

    assert after.head.commit == commit != before.head.commit
    assert after.head.pushed_at >= before.head.pushed_at
    assert after.base_commit == before.base_commit
    assert await bench.forge.file(bench.repository, commit, "page.txt") == b"two"
    assert await bench.forge.file(bench.repository, before.head.commit, "page.txt") == b"one"


async def test_closed_is_said_of_that_very_number(bench: ForgeBench) -> None:
    """I close one of two; the forge says so of it, still knows its head, and lists the other only."""
    closed = await bench.open("feature", {"page.txt": b"one"})
    still_open = await bench.open("other", {"page.txt": b"two"})
    head = (await bench.forge.pull_request(closed)).head.commit

    await bench.close(closed)
    pull = await bench.forge.pull_request(closed)

    assert (pull.is_open, pull.head.commit) == (False, head)
    assert [pull.key for pull in await bench.forge.open_pull_requests()] == [still_open]


async def test_every_open_pull_request_is_listed_as_it_is(bench: ForgeBench) -> None:
    """The list says of each pull request what asking for it by number says."""
    assert await bench.forge.open_pull_requests() == ()
    keys = [await bench.open(f"feature-{index}", {"page.txt": b"%d" % index}) for index in range(3)]

    listed = await bench.forge.open_pull_requests()

    assert {pull.key for pull in listed} == set(keys)
    assert len(listed) == len(set(keys)) == 3
    assert set(listed) == {await bench.forge.pull_request(key) for key in keys}


async def test_what_was_closed_can_be_open_again(bench: ForgeBench) -> None:
    """I open it again; it is listed once, has the head it had, and shares its number with nothing else."""
    key = await bench.open("feature", {"page.txt": b"one"})
    head = (await bench.forge.pull_request(key)).head.commit
    await bench.close(key)

    again = await bench.reopen(key)
    pull = await bench.forge.pull_request(again)

    assert (pull.is_open, pull.head.commit, pull.head_branch) == (True, head, "feature")
    assert [pull.key for pull in await bench.forge.open_pull_requests()] == [again]
    assert again == key or not (await bench.forge.pull_request(key)).is_open


async def test_a_number_that_never_was_is_refused(bench: ForgeBench) -> None:
    """Nobody ever opened it: the forge says so, which is not the word `closed`."""
    for number in (1, 999_999):
        with pytest.raises(PermanentError) as caught:
            await bench.forge.pull_request(Key(bench.repository, number))
        assert caught.value.reason is Reason.FORGE_REFUSED


async def test_a_file_comes_byte_by_byte(bench: ForgeBench) -> None:
    """Bytes that are no text, and an empty file, come as they are."""
    every_byte = bytes(range(256)) + b"\r\n"
    key = await bench.open("feature", {"odd name/ü [1].bin": every_byte, "empty": b""})
    commit = (await bench.forge.pull_request(key)).head.commit

    assert await bench.forge.file(bench.repository, commit, "odd name/ü [1].bin") == every_byte
    assert await bench.forge.file(bench.repository, commit, "empty") == b""


async def test_what_is_no_file_has_no_content(bench: ForgeBench) -> None:
    """A path that is not there, and a folder, are both no file."""
    key = await bench.open("feature", {"page.txt": b"one"})
    commit = (await bench.forge.pull_request(key)).head.commit

    assert await bench.forge.file(bench.repository, commit, ".matinee.yaml") is None
    assert await bench.forge.file(bench.repository, commit, "page.txt/below") is None
    assert await bench.forge.file(bench.repository, commit, "migrations") is None


async def test_the_files_below_a_folder_come_in_order(bench: ForgeBench) -> None:
    """All files below it, deep ones too, by path; none of a folder whose name only begins like it."""
    names = ("migrations/0010.sql", "migrations/0002.sql", "migrations/deep/0003.sql", "migrations-old/0001.sql")
    key = await bench.open("feature", {name: name.encode() for name in names})
    commit = (await bench.forge.pull_request(key)).head.commit

    found = [blob.path for blob in await bench.forge.blobs(bench.repository, commit, "migrations")]

    assert found == [
        "migrations/0001.sql",
        "migrations/0002.sql",
        "migrations/0010.sql",
        "migrations/deep/0003.sql",
    ]
    assert await bench.forge.blobs(bench.repository, commit, "migrations/") == await bench.forge.blobs(
        bench.repository, commit, "migrations"
    )


async def test_a_digest_changes_with_the_content_only(bench: ForgeBench) -> None:
    """The same content has the same digest at every commit, another content has another."""
    key = await bench.open("feature", {"seed.sql": b"one"})
    first = (await bench.forge.pull_request(key)).head.commit
    second = await bench.push(key, {"page.txt": b"two"})
    third = await bench.push(key, {"seed.sql": b"three"})

    before, same, changed = [await bench.forge.blobs(bench.repository, at, "seed.sql") for at in (first, second, third)]

    assert [blob.path for blob in before] == ["seed.sql"]
    assert before == same != changed


async def test_what_is_not_there_has_no_blobs(bench: ForgeBench) -> None:
    """A folder that a commit has not is an empty one."""
    key = await bench.open("feature", {"page.txt": b"one"})
    commit = (await bench.forge.pull_request(key)).head.commit

    assert await bench.forge.blobs(bench.repository, commit, "seeds") == ()


async def test_a_report_takes_the_place_of_the_one_before(bench: ForgeBench) -> None:
    """However often it is reported, I see one text, and it is the last."""
    key = await bench.open("feature", {"page.txt": b"one"})
    other = await bench.open("other", {"page.txt": b"two"})

    for phase in (Phase.QUEUED, Phase.BUILDING, Phase.READY, Phase.READY):
        await bench.forge.report(_report(key, phase))

    [text] = await bench.shown(key)
    assert "ready" in text
    assert "building" not in text
    assert await bench.shown(other) == ()


async def test_a_closed_pull_request_still_takes_its_last_report(bench: ForgeBench) -> None:
    """After I closed it, it shows that its preview is gone."""
    key = await bench.open("feature", {"page.txt": b"one"})
    await bench.forge.report(_report(key, Phase.READY))
    await bench.close(key)

    await bench.forge.report(_report(key, Phase.GONE))

    [text] = await bench.shown(key)
    assert "gone" in text


async def test_a_report_on_no_pull_request_is_refused(bench: ForgeBench) -> None:
    """There is nothing to show it on, and asking again will not help."""
    with pytest.raises(PermanentError) as caught:
        await bench.forge.report(_report(Key(bench.repository, 4_711), Phase.READY))

    assert caught.value.reason is Reason.FORGE_REFUSED
