"""Looking at previews by command: list, show and open, with a worker, without one, and after the end."""

import asyncio
from pathlib import Path

import pytest
from temporalio.testing import WorkflowEnvironment

from domain.messages import Close
from domain.names import Key, workflow_id
from domain.phases import Phase, StepName
from tests.servers import temporal_server
from tests.starter.commands.command_lines import command_line
from tests.waiting import until
from tests.workflows.stages import Stage, stage

pytestmark = pytest.mark.server


async def test_list_without_previews_says_how_to_get_one(tmp_path: Path) -> None:
    """Who has just installed it reads what to type next, and a program reads an empty list."""
    async with temporal_server() as empty:
        matinee = command_line(empty.client, tmp_path)

        people, program = await asyncio.gather(matinee("list"), matinee("list", "--json"))

    assert people.code == 0
    assert "There are no previews." in people.out
    assert "matinee try PATH" in people.out
    assert program.json == []


async def test_list_shows_what_answers_where(temporal: WorkflowEnvironment, tmp_path: Path) -> None:
    """One line tells the phase, the live commit and the URL of a preview."""
    matinee = command_line(temporal.client, tmp_path)
    async with stage(temporal.client) as own:
        key, commit, url = await _ready(own)

        people, program = await asyncio.gather(matinee("list"), matinee("list", "--json"))

    line = next(line for line in people.out.splitlines() if str(key) in line)
    assert people.out.startswith("KEY ")
    assert all(word in line for word in ("ready", commit[:10], url))
    listed = next(each for each in program.json if each["key"] == str(key))
    assert (listed["phase"], listed["commit"], listed["url"]) == ("ready", commit, url)


async def test_show_tells_everything_of_a_preview(temporal: WorkflowEnvironment, tmp_path: Path) -> None:
    """Checklist, URLs, end of life, database, ledger and the way to Temporal's UI stand on one screen."""
    matinee = command_line(temporal.client, tmp_path, TEMPORAL__UI="http://ui.example:8233")
    async with stage(temporal.client) as own:
        key, commit, url = await _ready(own)
        status = await own.status(key)

        people, program = await asyncio.gather(matinee("show", str(key)), matinee("show", workflow_id(key), "--json"))

    assert people.code == 0
    assert f"{key}  ready for " in people.out
    for words in ("migration  ✓", url, commit[:10], "days", "8 resources", str(status.ledger[0])):
        assert words in people.out
    assert "http://ui.example:8233/namespaces/default/workflows/preview%3Aacme%2F" in people.out
    assert program.json["source"] == "preview"
    assert program.json["key"] == str(key)
    assert [step["name"] for step in program.json["steps"]] == list(StepName)
    assert len(program.json["ledger"]) == 8


async def test_show_without_a_worker_says_what_temporal_knows(temporal: WorkflowEnvironment, tmp_path: Path) -> None:
    """While no worker runs, phase, URL and live commit are still told, and that a worker is missing."""
    matinee = command_line(temporal.client, tmp_path)
    async with stage(temporal.client) as own:
        key, commit, url = await _ready(own)

    people, program = await asyncio.gather(matinee("show", str(key)), matinee("show", str(key), "--json"))

    assert people.code == 0
    assert "No worker answers for it" in people.out
    assert all(words in people.out for words in ("ready", commit[:10], url))
    assert (program.json["source"], program.json["phase"]) == ("temporal", "ready")


async def test_show_without_a_worker_names_what_is_waited_for(temporal: WorkflowEnvironment, tmp_path: Path) -> None:
    """A preview whose forge was away when the last worker went tells what it had asked for, and how that failed."""
    matinee = command_line(temporal.client, tmp_path)
    async with stage(temporal.client) as own:
        own.forge.away = True
        key = own.opened()
        handle = await own.tell(key)

        async def failed() -> bool:
            pending = (await handle.describe()).raw_description.pending_activities
            return any(each.last_failure.message for each in pending)

        await until(failed, "asking the forge has failed once")

    people, program = await asyncio.gather(matinee("show", str(key)), matinee("show", str(key), "--json"))

    pending = program.json["pending"][0]
    assert pending["attempt"] >= 1
    assert pending["failure"]
    assert f"  {pending['activity']}, attempt {pending['attempt']}: {pending['failure']}" in people.out


async def test_show_after_the_end_gives_the_receipt(temporal: WorkflowEnvironment, tmp_path: Path) -> None:
    """What was removed and verified can be read when the preview is long gone."""
    matinee = command_line(temporal.client, tmp_path)
    async with stage(temporal.client) as own:
        key, _, _ = await _ready(own)
        gone = await own.closed(key)

    people, program = await asyncio.gather(matinee("show", str(key)), matinee("show", str(key), "--json"))

    assert "is over since" in people.out
    assert "8 of 8 removed and verified" in people.out
    assert (program.json["source"], program.json["ended"]) == ("result", "completed")
    assert program.json["receipt"] == gone


async def test_show_of_a_terminated_one_promises_nothing(temporal: WorkflowEnvironment, tmp_path: Path) -> None:
    """An operator who terminated a workflow is told that what it made may still be there, and what looks for it."""
    matinee = command_line(temporal.client, tmp_path)
    own = Stage(temporal.client)
    key = own.opened()
    await (await own.tell(key)).terminate()

    people = await matinee("show", str(key))

    assert "terminated" in people.out
    assert "matinee sweep" in people.out


async def test_open_prints_the_url_that_it_opens(temporal: WorkflowEnvironment, tmp_path: Path) -> None:
    """The browser gets the preview's own address; one with nothing live says so instead."""
    matinee = command_line(temporal.client, tmp_path)
    async with stage(temporal.client) as own:
        key, _, url = await _ready(own)
        other = own.opened()

        opened = await matinee("open", str(key))
        await own.tell(other, "close", Close())
        await own.reaches(other, Phase.STOPPED)
        down = await matinee("open", str(other))

    assert (opened.code, opened.out) == (0, f"{url}\n")
    assert down.code == 1
    assert "no revision" in down.err


async def test_unknown_preview_is_said_with_the_cure(temporal: WorkflowEnvironment, tmp_path: Path) -> None:
    """A slip in the number ends with where to look, and a slip in the form with how to write it."""
    matinee = command_line(temporal.client, tmp_path)

    for name in ("show", "open", "redeploy", "close"):
        unknown = await matinee(name, "acme/none#1")

        assert unknown.code == 1
        assert "there is no preview of acme/none#1; `matinee list` shows" in unknown.err
    malformed = await matinee("show", "acme-1")

    assert malformed.code == 1
    assert "OWNER/REPOSITORY#NUMBER" in malformed.err


async def _ready(own: Stage) -> tuple[Key, str, str]:
    """The key, the live commit and the URL of a preview that is ready."""
    key = own.opened()
    await own.ready(key)
    status = await own.status(key)
    return key, status.live_commit, status.urls[0].url
