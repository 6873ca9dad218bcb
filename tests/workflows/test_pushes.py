"""Pushes: whatever their number and order, the newest commit is the one that runs in the end, and alone."""

import asyncio

import pytest
from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from domain.messages import Close, Push
from domain.phases import Phase
from tests.workflows.gates import Gate
from tests.workflows.stages import Stage, ended, event, stage

pytestmark = pytest.mark.server


def live_commits(own: Stage) -> set[str]:
    """The commits of all releases that the platform has."""
    previews = own.platform.machine.previews.values()
    return {release.request.revision.commit for preview in previews for release in preview.releases.values()}


async def test_of_five_pushes_in_a_row_the_newest_is_the_only_one_that_runs(temporal: WorkflowEnvironment) -> None:
    """Whoever pushes five times within seconds gets the last of them, and no older one comes back."""
    async with stage(temporal.client) as own:
        key = own.opened()
        await own.ready(key)
        live_over_time: list[str] = []
        for number in range(5):
            own.forge.push(key, {"page": b"%d" % number})
            await own.tell(key)
            live_over_time.append((await own.status(key)).live_commit)

        ready = await own.reaches(key, Phase.READY, commit=own.head(key))

        assert ready.live_commit == own.head(key)
        assert live_commits(own) == {own.head(key)}
        assert own.database.most_at_once == 1
        await own.shows(key, Phase.READY)
        shown = [report.live_commit for report in own.forge.reports[key]]
        assert shown == sorted(shown, key=shown.index), "an old revision came back"


async def test_a_newer_push_begins_only_when_the_rollout_before_it_has_ended(temporal: WorkflowEnvironment) -> None:
    """Two rollouts of one preview never overlap, however slowly the older one can be cancelled."""
    migration = Gate("run_command", after=True)
    async with stage(temporal.client) as own:
        key = own.opened()
        await own.ready(key)
        own.gates.gates.append(migration)
        own.forge.push(key, {"page": b"first"})
        await own.tell(key)
        await event(migration.reached, "the first push migrates")
        own.gates.gates.clear()
        began = len(own.gates.names)

        own.forge.push(key, {"page": b"second"})
        await own.tell(key)
        await own.reaches(key, Phase.READY, commit=own.head(key))

        after = [name for name in own.gates.names[began:] if name != "report"]
        assert after[:2] == ["look", "release_lease"], "the lease was kept until the cancelled migration had ended"
        assert live_commits(own) == {own.head(key)}


async def test_events_in_any_order_end_in_the_same_state(temporal: WorkflowEnvironment) -> None:
    """A forge that delivers late, twice or in disorder gets the same previews as one that delivers in order."""
    async with stage(temporal.client) as own:
        await asyncio.gather(
            _closed_before_opened(own), _pushed_before_opened(own), _opened_after_the_end(own), _delivered_twice(own)
        )
        assert own.left() == []


async def _closed_before_opened(own: Stage) -> None:
    key = own.opened()
    own.forge.close(key)
    handle = await own.tell(key, "close", Close(by=""))
    await own.tell(key, "push", Push(event="opened"))
    await ended(handle)
    assert own.reported(key).phase is Phase.GONE


async def _pushed_before_opened(own: Stage) -> None:
    key = own.opened()
    own.forge.push(key, {"page": b"2"})
    await own.tell(key, "push", Push(event="synchronize"))
    await own.tell(key, "push", Push(event="opened"))
    await own.reaches(key, Phase.READY, commit=own.head(key))
    await own.closed(key)


async def _opened_after_the_end(own: Stage) -> None:
    key = own.opened()
    await own.ready(key)
    await own.closed(key)
    late = await own.tell(key, "push", Push(event="opened"))
    assert await ended(late) == []
    assert own.reported(key).phase is Phase.GONE


async def _delivered_twice(own: Stage) -> None:
    key = own.opened()
    push = Push(delivery="the same")
    await own.tell(key, "push", push)
    await own.reaches(key, Phase.READY)
    handle = await own.tell(key, "push", push)
    status = await own.status(key)
    assert (status.phase, await _looks(handle)) == (Phase.READY, 1)
    own.forge.close(key)
    await own.tell(key, "close", Close(delivery="end", by=""))
    await own.tell(key, "close", Close(delivery="end", by=""))
    await ended(handle)


async def _looks(handle: WorkflowHandle[object, list[str]]) -> int:
    """How many times the forge was asked about this preview."""
    events = (await handle.fetch_history()).events
    return sum(event.activity_task_scheduled_event_attributes.activity_type.name == "look" for event in events)


async def test_an_answer_older_than_the_close_does_not_undo_it(temporal: WorkflowEnvironment) -> None:
    """A pull request that closes while the forge is being asked ends, although the forge had still said open."""
    look = Gate("look", after=True)
    async with stage(temporal.client, look) as own:
        key = own.opened()
        handle = await own.tell(key)
        await event(look.reached, "the forge is asked")
        own.forge.close(key)
        await handle.signal("close", Close(by=""))
        look.opened.set()

        assert await ended(handle) == []
        assert "plan" not in own.forge.asked
        assert own.reported(key).phase is Phase.GONE


async def test_reopened_while_it_closes_comes_back_fresh(temporal: WorkflowEnvironment) -> None:
    """Closed and opened again at once: the old preview goes as a whole, then a new one comes."""
    removing = Gate("remove_deployments")
    async with stage(temporal.client) as own:
        key = own.opened()
        handle = await own.ready(key)
        own.gates.gates.append(removing)
        before = (await own.status(key)).generation
        await handle.signal("close", Close(by=""))
        await event(removing.reached, "the teardown has begun")
        own.forge.close(key)
        own.forge.reopen(key)
        await own.tell(key)
        removing.opened.set()

        ready = await own.reaches(key, Phase.READY)
        assert ready.generation > before
        await own.closed(key)
        assert own.left() == []


async def test_closed_by_a_person_stays_down_while_the_pull_request_is_open(temporal: WorkflowEnvironment) -> None:
    """`matinee close` on an open pull request is not undone until somebody pushes."""
    async with stage(temporal.client) as own:
        key = own.opened()
        handle = await own.ready(key)
        await handle.signal("close", Close(by="alice"))
        await own.reaches(key, Phase.STOPPED)
        assert own.left() == []

        await own.tell(key)
        assert (await own.status(key)).phase is Phase.STOPPED

        own.forge.push(key, {"page": b"2"})
        await own.tell(key)
        await own.reaches(key, Phase.READY, commit=own.head(key))
        await own.closed(key)


async def test_a_cancelled_workflow_closes_its_preview(temporal: WorkflowEnvironment) -> None:
    """`temporal workflow cancel` removes everything before the workflow says that it has ended."""
    async with stage(temporal.client) as own:
        key = own.opened()
        handle = await own.ready(key)
        own.forge.close(key)

        await handle.cancel()

        assert len(await ended(handle)) > 5
        assert own.left() == []


async def test_reopened_while_the_end_is_reported_comes_back(temporal: WorkflowEnvironment) -> None:
    """A pull request that opens again in the very last moment of its preview gets a new one."""
    async with stage(temporal.client) as own:
        key = own.opened()
        handle = await own.ready(key)
        await own.shows(key, Phase.READY)
        own.forge.close(key)
        await handle.signal("close", Close(by=""))
        last = Gate("report")
        await own.reaches(key, Phase.CLOSING)
        own.gates.gates.append(last)
        await event(last.reached, "the end is being reported")
        own.forge.reopen(key)
        await own.tell(key)
        last.opened.set()

        await own.reaches(key, Phase.READY)
        await own.closed(key)
        assert own.left() == []
