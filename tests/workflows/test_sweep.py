"""The sweep, whole: it finds what events did not tell, acts only by signals, and leaves what it is not sure of."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.client import Client, ScheduleActionExecutionStartWorkflow, WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from domain.names import Key, workflow_id
from domain.phases import Phase
from domain.sweeping import Act, Finding, Sighting, SweepInput, SweepReport
from starter.scheduling import HEAL, SWEEP, ensure
from tests.servers import temporal_server
from tests.waiting import until
from tests.workflows.stages import SEEDLESS, Stage, ended, stage

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
async def swept() -> AsyncIterator[WorkflowEnvironment]:
    """A server of its own, because a sweep looks at everything that runs on one."""
    async with temporal_server() as environment:
        yield environment


async def sweep(own: Stage, wanted: SweepInput = SweepInput()) -> SweepReport:  # noqa: B008 - frozen
    """The report of one run, for a stage's own keys."""
    report: SweepReport = await own.client.execute_workflow(
        "SweepWorkflow", wanted, id=f"sweep-{uuid.uuid4()}", task_queue=own.task_queue, result_type=SweepReport
    )
    return report


def found(findings: tuple[Finding, ...], own: Stage) -> dict[Key, Act]:
    """What was found about this stage's previews."""
    return {finding.key: finding.act for finding in findings if finding.key.repository == own.repository}


async def test_the_sweep_heals_every_event_that_was_lost(swept: WorkflowEnvironment) -> None:
    """A lost `opened`, `push` or `closed`, a terminated workflow and a silent preview: one run puts all right."""
    async with stage(swept.client, files=SEEDLESS) as own:
        unopened = own.opened()
        pushed, silent, lost, closed = [own.opened() for _ in range(4)]
        for key in (pushed, silent, lost, closed):
            await own.ready(key)
            await own.shows(key, Phase.READY)
        own.forge.push(pushed, {"page": b"2"})
        own.forge.close(closed)
        await own.client.get_workflow_handle(workflow_id(lost)).terminate("a test")
        release = own.platform.machine.previews[own.policies(silent).label].live
        expected = {
            unopened: Act.START,
            pushed: Act.PUSH,
            lost: Act.START,
            silent: Act.REPAIR,
            closed: Act.CLOSE,
        }

        dry = await sweep(own, SweepInput(dry_run=True))
        assert found(dry.done, own) == {key: act for key, act in expected.items() if key != silent}
        assert (await own.status(closed)).phase is Phase.READY, "a dry run acts on nothing"

        own.probe.say(own.url(silent), "502 from the proxy", "502 from the proxy", None)
        done = await sweep(own)
        assert found(done.done, own) == expected
        for key in (unopened, pushed, lost):
            await own.reaches(key, Phase.READY, commit=own.head(key))
        await ended(own.handle(closed))

        async def repaired() -> bool:
            return own.platform.machine.previews[own.policies(silent).label].live not in ("", release)

        await until(repaired, "the silent preview was deployed again", show=lambda: own.status(silent))
        await own.reaches(silent, Phase.READY)
        assert len(own.platform.machine.previews) == 4

        for key in (unopened, pushed, silent, lost):
            await own.closed(key)
        assert own.left() == []


async def test_what_a_terminated_workflow_left_goes_when_its_pull_request_is_closed(swept: WorkflowEnvironment) -> None:
    """Terminated, then closed, and no event ever: the sweep ends it through a workflow of its own."""
    async with stage(swept.client, files=SEEDLESS) as own:
        key = own.opened()
        handle = await own.ready(key)
        await handle.terminate("a test")
        own.forge.close(key)

        assert found((await sweep(own)).done, own) == {key: Act.CLOSE}

        assert len(await ended(own.handle(key))) > 5
        assert own.left() == []


async def test_a_forge_that_is_away_is_no_evidence(swept: WorkflowEnvironment) -> None:
    """While a forge does not answer, nothing of its previews is touched, and the report names it."""
    async with stage(swept.client, files=SEEDLESS) as own:
        running, orphaned = own.opened(), own.opened()
        await own.ready(running)
        await (await own.ready(orphaned)).terminate("a test")
        own.forge.away = True

        report = await sweep(own)

        assert found(report.done, own) == {running: Act.WATCH, orphaned: Act.WATCH}
        assert report.unreachable[0].startswith("forge: ")
        assert len(own.platform.machine.previews) == 2
        own.forge.away = False
        for key in (running, orphaned):
            await own.closed(key)


async def test_the_brake_leaves_most_to_a_person(swept: WorkflowEnvironment) -> None:
    """A forge that suddenly calls everything closed does not empty an installation; a person may approve it."""
    async with stage(swept.client, files=SEEDLESS) as own:
        keys = [own.opened() for _ in range(3)]
        for key in keys:
            await own.ready(key)
        for key in keys:
            own.forge.close(key)

        first = await sweep(own)
        assert [len(found(which, own)) for which in (first.done, first.held_back)] == [1, 2]
        await ended(own.handle(next(iter(found(first.done, own)))))
        assert len(own.platform.machine.previews) == 2

        approved = tuple(finding.key for finding in first.held_back)
        second = await sweep(own, SweepInput(approved=approved))
        assert set(found(second.done, own)) == set(approved)
        for key in approved:
            await ended(own.handle(key))
        assert own.left() == []


async def test_an_orphan_goes_after_a_second_sighting_and_only_when_it_is_old(swept: WorkflowEnvironment) -> None:
    """What no forge knows is watched for an hour and spared for two days; then it goes, by a workflow of its own."""
    async with stage(swept.client, files=SEEDLESS) as own:
        key = own.opened()
        await (await own.ready(key)).terminate("a test")
        own.forge.forget(key)
        first = await sweep(own)
        assert found(first.done, own) == {key: Act.WATCH}
        seen = Sighting(key=key, since=datetime.now(UTC) - timedelta(hours=2))
        assert [sighting.key for sighting in first.sightings if sighting.key == key] == [key]
        assert found((await sweep(own, SweepInput(earlier=(seen,)))).done, own) == {key: Act.WATCH}, "it is too young"

        _make_old(own, timedelta(days=3))
        assert found((await sweep(own)).done, own) == {key: Act.WATCH}, "it was not seen before"
        assert found((await sweep(own, SweepInput(earlier=(seen,)))).done, own) == {key: Act.CLOSE}

        await ended(own.handle(key))
        assert own.left() == []


async def test_schedules_remember_what_they_saw(swept: WorkflowEnvironment) -> None:
    """The second run of the schedule knows since when an orphan has been one."""
    async with stage(swept.client, files=SEEDLESS) as own:
        key = own.opened()
        await (await own.ready(key)).terminate("a test")
        own.forge.forget(key)
        day = timedelta(days=1)
        await ensure(swept.client, task_queue=own.task_queue, sweep_every=day, heal_every=day)

        first, second = await _triggered(swept.client, 1), await _triggered(swept.client, 2)

        assert _since(first, key) == _since(second, key)
        assert second.at > first.at
        await swept.client.get_schedule_handle(SWEEP).delete()
        await swept.client.get_schedule_handle(HEAL).delete()


async def test_schedules_are_ensured_and_a_paused_one_stays_paused(swept: WorkflowEnvironment) -> None:
    """Every worker's start sees to the schedules, takes new intervals over, and leaves an operator's pause alone."""
    client = swept.client
    await ensure(client, task_queue="q", sweep_every=timedelta(hours=6), heal_every=timedelta(minutes=5))
    await client.get_schedule_handle(SWEEP).pause(note="maintenance")

    await ensure(client, task_queue="q", sweep_every=timedelta(hours=7), heal_every=timedelta(minutes=5))

    sweeping, healing = [(await client.get_schedule_handle(name).describe()).schedule for name in (SWEEP, HEAL)]
    assert sweeping.spec.intervals[0].every == timedelta(hours=7)
    assert (sweeping.state.paused, sweeping.state.note) == (True, "maintenance")
    assert not healing.state.paused
    for name in (SWEEP, HEAL):
        await client.get_schedule_handle(name).delete()


async def _triggered(client: Client, runs: int) -> SweepReport:
    """The report of the newest run of the schedule, which is its so-manieth."""
    await client.get_schedule_handle(SWEEP).trigger()

    async def run() -> WorkflowHandle[object, SweepReport] | None:
        actions = (await client.get_schedule_handle(SWEEP).describe()).info.recent_actions
        if len(actions) < runs:
            return None
        action = actions[-1].action
        assert isinstance(action, ScheduleActionExecutionStartWorkflow)
        return client.get_workflow_handle(action.workflow_id, result_type=SweepReport)

    return await (await until(run, f"run {runs} has begun")).result()


def _since(report: SweepReport, key: Key) -> datetime:
    return next(sighting.since for sighting in report.sightings if sighting.key == key)


def _make_old(own: Stage, age: timedelta) -> None:
    """All that was made for this stage's previews was made so long ago."""
    then = datetime.now(UTC) - age
    server = own.database.server
    server.stores = {name: replace(each, made_at=then) for name, each in server.stores.items()}
    server.roles = {name: replace(each, made_at=then) for name, each in server.roles.items()}
    for each in (*own.platform.machine.previews.values(), *own.shelf.values()):
        each.made_at = then


async def test_the_light_sweep_follows_changed_secrets_and_extends_branches(swept: WorkflowEnvironment) -> None:
    """Every few minutes Secrets and branches are kept, and what could not be done is told; a dry run only asks."""
    async with stage(swept.client, files=SEEDLESS) as own:
        own.platform.stale = ("preview-shop-12: the API server does not answer",)
        own.database.ending = ("pr_shop_12: the vendor does not answer",)

        reports = [
            await sweep(own, wanted)
            for wanted in (SweepInput(light=True), SweepInput(), SweepInput(light=True, dry_run=True))
        ]

        assert [report.stale for report in reports] == [(*own.platform.stale, *own.database.ending), (), ()]
