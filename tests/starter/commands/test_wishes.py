"""Steering a preview by command: each wish is answered, a refused one says why, and `--wait` shows how it goes."""

import asyncio
from pathlib import Path

import pytest
from temporalio.testing import WorkflowEnvironment

from domain.phases import Phase
from tests.starter.commands.command_lines import USER, command_line
from tests.workflows.gates import Gate
from tests.workflows.stages import Stage, event, stage

pytestmark = pytest.mark.server


async def test_stop_and_start_are_followed_to_their_ends(temporal: WorkflowEnvironment, tmp_path: Path) -> None:
    """`--wait` shows what is removed and what comes up, and returns when it is done."""
    matinee = command_line(temporal.client, tmp_path)
    async with stage(temporal.client) as own:
        key = own.opened()
        await own.ready(key)

        stopped = await matinee("stop", str(key), "--wait")
        left = own.left()
        started = await matinee("start", str(key), "--wait")
        status = await own.status(key)

    assert (stopped.code, started.code) == (0, 0)
    assert "8 of 8 removed and verified" in stopped.out
    assert f"stopped by {USER}" in stopped.out
    assert "migration  ✓" not in stopped.out
    assert left == []
    assert "migration  ✓" in started.out
    assert f"web: {status.urls[0].url}" in started.out
    assert status.phase is Phase.READY


async def test_redeploy_is_waited_for_though_it_was_ready_before(temporal: WorkflowEnvironment, tmp_path: Path) -> None:
    """A rollout of the same commit has a checklist of its own, which a program gets beside the final status."""
    matinee = command_line(temporal.client, tmp_path)
    async with stage(temporal.client) as own:
        key = own.opened()
        await own.ready(key)
        before = await own.status(key)

        redeployed = await matinee("redeploy", str(key), "--wait", "--json")
        after = await own.status(key)

    assert redeployed.code == 0
    assert redeployed.json["answer"] == f"redeploying, as {USER} asked"
    assert redeployed.json["status"]["phase"] == "ready"
    assert "URL        ✓" in redeployed.err
    assert after.steps[0].began_at != before.steps[0].began_at


async def test_waiting_for_a_rollout_that_fails_fails(temporal: WorkflowEnvironment, tmp_path: Path) -> None:
    """A script notices by the exit code, a person by the reason and what to do about it; `retry` is then possible."""
    matinee = command_line(temporal.client, tmp_path)
    async with stage(temporal.client) as own:
        key = own.opened({"migrations/0002.sql": b"alter", ".matinee.yaml": b"version: 1\n"})
        await own.tell(key)
        await own.reaches(key, Phase.FAILED)

        retried = await matinee("retry", str(key), "--wait")

    assert retried.code == 1
    assert "failed: definition-invalid" in retried.out
    assert "what to do: " in retried.out


async def test_close_removes_everything_and_shows_the_receipt(temporal: WorkflowEnvironment, tmp_path: Path) -> None:
    """A closed preview of a closed pull request is over, and closing it once more is no error."""
    matinee = command_line(temporal.client, tmp_path)
    async with stage(temporal.client) as own:
        key = own.opened()
        handle = await own.ready(key)
        own.forge.close(key)

        closed = await matinee("close", str(key), "--wait")
        await handle.result()
        again, later = await asyncio.gather(matinee("close", str(key)), matinee("redeploy", str(key)))
        left = own.left()

    assert closed.code == 0
    assert "8 of 8 removed and verified" in closed.out
    assert left == []
    assert (again.code, again.out) == (0, f"{key}: it is over already\n")
    assert later.code == 1
    assert "is over" in later.err


async def test_close_wins_over_a_rollout_that_runs(temporal: WorkflowEnvironment, tmp_path: Path) -> None:
    """Nobody has to wait for an image that takes for ever before a preview can be closed."""
    matinee = command_line(temporal.client, tmp_path)
    gate = Gate("resolve_image")
    async with stage(temporal.client, gate) as own:
        key = own.opened()
        handle = await own.tell(key)
        await event(gate.reached, "the image is being built")
        own.forge.close(key)

        closed = await matinee("close", str(key))
        await handle.result()
        left = own.left()

    assert closed.out == f"{key}: closing; all that it made is being removed\n"
    assert left == []


async def test_end_of_life_is_moved_taken_away_and_given_back(temporal: WorkflowEnvironment, tmp_path: Path) -> None:
    """`extend 2d` is two days later than before; a pinned preview has no end until it is unpinned."""
    matinee = command_line(temporal.client, tmp_path)
    async with stage(temporal.client) as own:
        key = own.opened()
        await own.ready(key)
        before = (await own.status(key)).expires

        extended = await matinee("extend", str(key), "2d")
        after = (await own.status(key)).expires
        pinned = await matinee("pin", str(key), "--json")
        shown = await matinee("show", str(key))
        unpinned = await matinee("unpin", str(key))

    assert before
    assert after
    assert (after - before).days == 2
    assert extended.out == f"{key}: expires {after:%Y-%m-%d %H:%M} UTC\n"
    assert pinned.json == {"key": str(key), "answer": f"pinned by {USER}"}
    assert "never: pinned" in shown.out
    assert unpinned.out == f"{key}: unpinned by {USER}\n"


async def test_reset_gives_fresh_data(temporal: WorkflowEnvironment, tmp_path: Path) -> None:
    """After it, the database is another copy of the seed."""
    matinee = command_line(temporal.client, tmp_path)
    async with stage(temporal.client) as own:
        key = own.opened()
        await own.ready(key)
        before = await own.status(key)

        reset = await matinee("reset-database", str(key), "--wait")
        after = await own.status(key)

    assert reset.code == 0
    assert after.generation > before.generation


async def test_refused_wish_says_why(temporal: WorkflowEnvironment, tmp_path: Path) -> None:
    """What cannot be done is answered with what can."""
    matinee = command_line(temporal.client, tmp_path)
    async with stage(temporal.client) as own:
        key = own.opened()
        await own.ready(key)

        start, retry = await asyncio.gather(matinee("start", str(key)), matinee("retry", str(key)))
        for_ever, no_duration = await asyncio.gather(
            matinee("extend", str(key), "1000d"), matinee("extend", str(key), "soon")
        )

    assert (start.code, retry.code, for_ever.code) == (1, 1, 1)
    assert f"{key} refused: it is not stopped; redeploy rolls its commit out again" in start.err
    assert "nothing failed" in retry.err
    assert "at most" in for_ever.err
    assert no_duration.code == 2
    assert "write it such as 2d, 12h or 1h30m" in no_duration.err


async def test_close_is_taken_without_a_worker_and_other_wishes_say_that_one_is_missing(
    temporal: WorkflowEnvironment, tmp_path: Path
) -> None:
    """While no worker runs, a close is kept for the next one; what needs an answer ends with the cure."""
    matinee = command_line(temporal.client, tmp_path)
    own = Stage(temporal.client)
    key = own.opened()
    handle = await own.tell(key)

    pinned, closed = await asyncio.gather(matinee("pin", str(key)), matinee("close", str(key)))
    own.forge.close(key)
    async with own.worker():
        gone = await handle.result()

    assert pinned.code == 1
    assert "no worker answered" in pinned.err
    assert "matinee worker" in pinned.err
    assert closed.code == 0
    assert gone == []


async def test_nothing_works_while_temporal_is_away(tmp_path: Path, temporal: WorkflowEnvironment) -> None:
    """The message says where it looked and what to do, without a traceback."""
    here = command_line(temporal.client, tmp_path)
    matinee = type(here)(tmp_path, {**here.variables, "TEMPORAL_ADDRESS": "127.0.0.1:9"})

    away = await matinee("list")

    assert (away.code, away.out) == (1, "")
    assert "no Temporal answers at 127.0.0.1:9; start `matinee up`" in away.err
    assert "Traceback" not in away.err
