"""The throttle on a real Temporal server: the limit holds whatever happens to it and to its holders.

What runs at once is counted where it runs, by an activity, and not by what the throttle says of itself.
"""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.testing import WorkflowEnvironment

from activities.leases import QUIET, LeaseActivities
from domain.leases import Grant, Lease, Ticket
from domain.names import throttle_id
from tests.workflows.holders import Holder, Meter
from tests.workflows.scenes import Held, Scene, all_done, eventually, scene
from workflows.throttle import ThrottleWorkflow

pytestmark = pytest.mark.server


async def test_twenty_holders_share_three_places(temporal: WorkflowEnvironment) -> None:
    """However many previews begin at once, no more than three branch or migrate together, and all get their turn."""
    async with scene(temporal.client) as here:
        await all_done(await here.hold_many(20))

        assert here.most == 3
        assert (await here.until(lambda queue: not queue.held)).waiting == ()


async def test_a_lease_that_is_free_costs_few_events(temporal: WorkflowEnvironment) -> None:
    """Leases do not fill the history of my preview: eleven events at most, got and given back."""
    async with scene(temporal.client) as here:
        await here.start(limit=3)
        await here.until(lambda queue: queue.limit == 3 and not queue.adopting)
        holder = await here.hold("a", seconds=0)
        await holder.result()

        history = await holder.fetch_history()

        without_lease = 1 + 3 + 3 + (3 + 3) + 1  # begin, first task, three upserts, one activity, end
        assert len(history.events) - without_lease <= 11


async def test_whoever_waits_is_told_the_place(temporal: WorkflowEnvironment) -> None:
    """While my preview waits, I can see behind how many others."""
    async with scene(temporal.client, limit=0) as here:
        # Of one repository, as whoever comes later from another may be served earlier and is told at once.
        holders = [await here.hold(name) for name in ("a", "b", "c")]

        told = [await eventually(lambda h=h: h.query(Holder.place), bool, within=10) for h in holders]

        assert sorted(place.place for place in told if place) == [1, 2, 3]
        await here.throttle.signal(ThrottleWorkflow.resize, 3)
        await all_done(holders)


async def test_the_limit_follows_the_operator(temporal: WorkflowEnvironment) -> None:
    """Resized to one, nothing new begins until two of three have ended; resized back, three run again."""
    async with scene(temporal.client) as here:
        holders = await here.hold_many(8, seconds=1.5)
        await here.until(lambda _: here.running == 3)

        await here.throttle.signal(ThrottleWorkflow.resize, 1)
        await here.until(lambda queue: len(queue.held) == 1)
        at_one = await here.until(lambda _: here.running == 1)
        await here.throttle.signal(ThrottleWorkflow.resize, 3)
        await here.until(lambda _: here.running == 3)
        await all_done(holders)

        assert (at_one.limit, here.most) == (1, 3)


async def test_the_throttle_continues_as_new_under_load(temporal: WorkflowEnvironment) -> None:
    """A throttle lives for ever in short histories; nobody is lost or doubled at the seams."""
    async with scene(temporal.client) as here:
        await here.start(limit=3, continue_after_events=40)
        await all_done(await here.hold_many(20))

        query = f"WorkflowId = '{throttle_id(here.server)}'"
        await eventually(lambda: here.client.count_workflows(query), lambda found: found.count > 2, within=20)
        assert here.most == 3
        assert sorted(here.meter.order) == sorted(f"{here.server}/{number}" for number in range(20))


async def test_a_worker_that_remembers_nothing_replays_all_of_it(temporal: WorkflowEnvironment) -> None:
    """Workflows are evicted and replayed at every task, and the limit and the order hold all the same."""
    async with scene(temporal.client, cached=2, limit=2) as here:
        await all_done(await here.hold_many(6))

        assert here.most == 2


async def test_cancelled_holders_give_back_what_they_had(temporal: WorkflowEnvironment) -> None:
    """A newer push cancels a rollout that works or waits: its place is free, once its work has ended."""
    async with scene(temporal.client, limit=1) as here:
        working = await here.hold("working", seconds=50)
        await here.until(lambda _: here.running == 1)
        waiting = await here.hold("waiting", seconds=50)
        await here.until(lambda queue: len(queue.waiting) == 1)
        last = await here.hold("last")

        await waiting.cancel()
        await working.cancel()
        await last.result()

        assert here.most == 1
        await here.until(lambda queue: not queue.held and not queue.waiting)
        assert [name.rpartition("/")[2] for name in here.meter.order] == ["working", "last"]


async def test_doubled_and_stray_messages_change_nothing(temporal: WorkflowEnvironment) -> None:
    """Messages may come twice, late, or from nobody; each wish is served once and strays go back."""
    async with scene(temporal.client, limit=1) as here:
        working = await here.hold("working", seconds=3)
        held = (await here.until(lambda queue: len(queue.held) == 1)).held[0].ticket
        for _ in range(3):
            await here.throttle.signal(ThrottleWorkflow.acquire, held)
        stray = Ticket(
            token="stray", workflow_id=working.id, run_id="", repository="acme/shop", label="stray", seconds=60
        )
        nobody = Ticket(token="nobody", workflow_id="nobody", run_id="", repository="a/b", label="no", seconds=60)
        for ticket in (stray, stray, nobody):
            await here.throttle.signal(ThrottleWorkflow.acquire, ticket)
        await here.throttle.signal(ThrottleWorkflow.release, "unheard of")
        await here.throttle.signal(ThrottleWorkflow.resize, 2)

        await here.until(lambda queue: len(queue.held) == 1 and not queue.waiting)
        await working.result()

        assert here.meter.order == [working.id]
        await here.until(lambda queue: not queue.held)


async def test_an_answer_that_a_lost_worker_did_not_hear_is_heard_by_the_next(temporal: WorkflowEnvironment) -> None:
    """A worker died right after it asked for a lease: my preview goes on at once, and not some minutes later."""
    async with scene(temporal.client, limit=1) as here:
        await here.start(limit=1)
        successor = replace(here, queue_name=f"{here.server}-lost")
        holder = await successor.hold("asked")
        ticket = Ticket(
            token=f"{holder.first_execution_run_id}/1",
            workflow_id=holder.id,
            run_id=holder.first_execution_run_id or "",
            repository="acme/shop",
            label="asked",
            seconds=60,
        )
        await here.throttle.signal(ThrottleWorkflow.acquire, ticket)
        await eventually(lambda: _signals(holder), lambda names: "granted" in names, within=10)

        async with successor.worker(limit=1):
            await asyncio.wait_for(holder.result(), 30)

        assert here.meter.order == [holder.id]


async def test_a_lease_that_comes_too_late_is_not_taken_up(temporal: WorkflowEnvironment) -> None:
    """After a long silence my preview asks again instead of working in a place that may be another's by now."""
    async with scene(temporal.client, limit=0) as here:
        holder = await here.hold("late")
        ticket = (await here.until(lambda queue: len(queue.waiting) == 1)).waiting[0].ticket
        past = datetime.now(UTC) - timedelta(seconds=1)

        await holder.signal(
            Holder.granted, Grant(token=ticket.token, server=here.server, take_by=past, ends=past + timedelta(hours=1))
        )
        asked = await eventually(lambda: _requests(holder), lambda number: number == 2, within=10)

        assert (asked, here.running) == (2, 0)
        await here.throttle.signal(ThrottleWorkflow.resize, 1)
        await holder.result()


@pytest.mark.slow
async def test_a_terminated_throttle_takes_over_what_still_runs(temporal: WorkflowEnvironment) -> None:
    """I terminated the throttle by mistake: what runs counts on, also of a terminated holder, and my limit stays."""
    async with scene(temporal.client) as here:
        await here.hold_many(2, seconds=27)
        await here.until(lambda _: here.running == 2)
        await here.throttle.signal(ThrottleWorkflow.resize, 2)
        await here.until(lambda queue: queue.limit == 2)

        await here.throttle.terminate("a mistake")
        await here.client.get_workflow_handle(f"{here.server}/0").terminate("another one")
        later = await here.hold_many(4, name="later")
        adopted = await here.until(lambda queue: len(queue.held) == 2)
        await all_done(later)

        assert {lease.ticket.workflow_id for lease in adopted.held} == {f"{here.server}/0", f"{here.server}/1"}
        assert (adopted.limit, here.most) == (2, 2)


@pytest.mark.slow
async def test_the_place_of_a_terminated_holder_returns_once_its_work_is_gone(temporal: WorkflowEnvironment) -> None:
    """Somebody terminated a preview while it migrated: the next one starts when that migration has really ended."""
    async with scene(temporal.client, limit=1) as here:
        lost = await here.hold("lost", seconds=55)
        await here.until(lambda _: here.running == 1)
        following = await here.hold("following")

        await lost.terminate("a mistake")
        await following.result()

        assert here.most == 1


async def test_a_holder_counts_as_gone_only_when_closed_for_a_while_and_idle(temporal: WorkflowEnvironment) -> None:
    """A place returns early only if nothing can be running there: not while in doubt."""
    async with scene(temporal.client) as here:
        running, closed = await here.hold("running", seconds=50), await here.hold("closed", seconds=50)
        await here.until(lambda _: here.running == 2)
        held = (await here.until(lambda queue: len(queue.held) == 2)).held
        await closed.terminate("a mistake")
        await here.until(lambda _: here.running == 1)
        unknown = Lease(
            ticket=replace(held[0].ticket, workflow_id="unknown"), granted_at=held[0].ends, ends=held[0].ends
        )

        at_once = await _gone(here, (*held, unknown), timedelta())
        busy = await _gone(here, (*held, unknown), QUIET, busy=True)
        later = await _gone(here, (*held, unknown), QUIET)
        await running.cancel()

        assert (at_once, busy) == ((), ())
        assert later == tuple(lease.ticket.token for lease in held if lease.ticket.workflow_id == closed.id)


async def _gone(here: Scene, leases: tuple[Lease, ...], after: timedelta, *, busy: bool = False) -> tuple[str, ...]:
    """Which of these leases count as gone so long after now."""
    meter = Meter(labels={lease.ticket.label for lease in leases} if busy else set())
    asking = LeaseActivities(here.client, {"main": meter}, {"local": Meter()}, now=lambda: datetime.now(UTC) + after)
    return await asking.holders_gone(leases)


async def _requests(holder: Held) -> int:
    """How many times a holder has asked for a lease."""
    history = await holder.fetch_history()
    markers = [event.marker_recorded_event_attributes for event in history.events]
    return sum(b"request_lease" in marker.SerializeToString() for marker in markers)


async def _signals(holder: Held) -> list[str]:
    """The names of the signals that a holder has got, heard or not."""
    history = await holder.fetch_history()
    signals = (event.workflow_execution_signaled_event_attributes for event in history.events)
    return [signal.signal_name for signal in signals if signal.signal_name]
