"""Servers taken away in the middle: PostgreSQL frozen and crashed, Temporal stopped and started again."""

import signal
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import asyncpg
import psutil
import pytest
from temporalio.api.workflow.v1 import PendingActivityInfo

from activities import attributes
from domain.messages import Command, Push
from domain.phases import Phase, Reason
from embedded.leftovers import family
from embedded.ports import free_ports
from embedded.temporal import Temporal, temporal
from tests.faults import lives, tiny
from tests.faults.looking import names
from tests.faults.sites import Site, other_site
from tests.faults.stories import PATIENCE, Story, story_of, worker_of
from tests.waiting import until
from tests.workflows.gates import Gate, Gates
from tests.workflows.stages import event

pytestmark = [pytest.mark.server, pytest.mark.slow]

LONG = timedelta(seconds=10)
SLEEPING = {"migrations/0002.sql": b"SELECT pg_sleep(4)"}


@pytest.mark.parametrize("name", ["branch", "run_command"])
async def test_a_rollout_goes_on_when_a_frozen_database_server_wakes_up(site: Site, name: str) -> None:
    """The server hangs while a preview is branched or migrated, and the preview comes up once it answers again."""
    async with other_site(site, f"frozen{name.replace('_', '')}", tiny.FILES) as own:
        story, gate = await story_of(own, "frozen"), Gate(name)
        async with worker_of(story, Gates(gate)):
            await _opened(story)
            await event(gate.reached, f"{name} is at work")
            async with _frozen(own):
                gate.opened.set()
                await until(lambda: _is_at_it(story, name), f"{name} is tried in vain", seconds=PATIENCE)
            await lives.is_alone(story, await story.ready())
            await _closed(story)


async def test_a_teardown_goes_on_when_a_frozen_database_server_wakes_up(site: Site) -> None:
    """The server hangs while a database is dropped: the teardown waits for it, and then nothing is left."""
    async with other_site(site, "frozendrop", tiny.FILES) as own:
        story, gate = await story_of(own, "frozen"), Gate("drop")
        async with worker_of(story, Gates(gate)):
            await _opened(story)
            await story.ready()
            await lives.closed(story)
            await event(gate.reached, "drop is at work")
            async with _frozen(own):
                gate.opened.set()
                await until(lambda: _is_at_it(story, "drop"), "drop is tried in vain", seconds=PATIENCE)
            await lives.is_gone(story)


@pytest.mark.parametrize("name", ["branch", "drop"])
async def test_nothing_is_lost_when_the_database_server_crashes(site: Site, name: str) -> None:
    """The server crashes and recovers around a branching and a drop: both are done in the end."""
    async with other_site(site, f"crashed{name}", tiny.FILES) as own:
        story, gate = await story_of(own, "crashed"), Gate(name, after=True)
        async with worker_of(story, Gates(gate)):
            await _opened(story)
            if name == "drop":
                await story.ready()
                await lives.closed(story)
            await event(gate.reached, f"{name} is done, and nobody knows")
            await _crash(own)
            gate.opened.set()
            if name == "branch":
                await lives.is_alone(story, await story.ready())
                await lives.closed(story)
            await lives.is_gone(story)


async def test_a_migration_that_a_crash_ended_can_be_tried_again(site: Site) -> None:
    """The server crashes while a migration runs: the preview says so, and a retry brings it up on fresh data."""
    async with other_site(site, "crashedmigration", tiny.FILES) as own:
        story = await story_of(own, "crashed")
        async with worker_of(story):
            await story.push(SLEEPING)
            await story.tell(Push())
            await until(lambda: _migrates(own), "it migrates", seconds=PATIENCE)
            await _crash(own)
            await until(lambda: _has_failed(story), "it says that it failed", seconds=PATIENCE, show=story.status)

            await story.handle.execute_update("retry", Command())  # pyright: ignore[reportUnknownMemberType] - a bare type argument of theirs
            await until(lambda: _is_tried_again(story), "it is tried again", seconds=PATIENCE)
            await lives.is_alone(story, await story.ready())
            await _closed(story)


@pytest.mark.parametrize("name", ["resolve_image", "run_command", "deploy", "drop"])
async def test_a_preview_goes_on_when_temporal_comes_back(site: Site, name: str) -> None:
    """Temporal itself is stopped in the middle and started again with what it had on its disk."""
    async with (
        _temporal_of_its_own(site) as (own, restart),
        other_site(own, f"back{name.replace('_', '')}", tiny.FILES) as back,
    ):
        story, gate = await story_of(back, "back"), Gate(name)
        async with worker_of(story, Gates(gate)):
            await _opened(story)
            if name == "drop":
                await story.ready()
                await lives.closed(story)
            await event(gate.reached, f"{name} is at work")
            await restart()
            gate.opened.set()
            if name != "drop":
                await lives.is_alone(story, await story.ready())
                await lives.closed(story)
            await lives.is_gone(story)
        await story.replays()


async def _opened(story: Story) -> None:
    await story.push(tiny.CHANGE)
    await story.tell(Push())


async def _closed(story: Story) -> None:
    await lives.closed(story)
    await lives.is_gone(story)
    await story.replays()


@asynccontextmanager
async def _frozen(site: Site) -> AsyncGenerator[None]:
    """No process of PostgreSQL does anything inside the block."""
    members = family(site.parts.postgres.process.pid)
    for member in members:
        member.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for member in members:
            member.send_signal(signal.SIGCONT)


async def _crash(site: Site) -> None:
    """PostgreSQL has lost every session, as after the death of any of its own processes, and answers again."""
    (killed,) = _writers(site)
    killed.kill()

    async def is_back() -> bool:
        return _writers(site) not in ([], [killed]) and await _answers(site)

    await until(is_back, "PostgreSQL answers again", seconds=60)


def _writers(site: Site) -> list[psutil.Process]:
    children = psutil.Process(site.parts.postgres.process.pid).children()
    return [each for each in children if _is_writer(each)]


def _is_writer(process: psutil.Process) -> bool:
    try:
        return "background writer" in " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return False


async def _answers(site: Site) -> bool:
    try:
        return bool(await names(site, "SELECT 'here'"))
    except (OSError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError):
        return False


async def _is_at_it(story: Story, name: str) -> bool:
    """Whether the activity has run for longer than any connecting may take, or has failed already."""
    description = await story.handle.describe()
    pending = [each for each in description.raw_description.pending_activities if each.activity_type.name == name]
    return any(each.attempt > 1 or _beats_since(each) > LONG for each in pending)


def _beats_since(pending: PendingActivityInfo) -> timedelta:
    return pending.last_heartbeat_time.ToDatetime() - pending.last_started_time.ToDatetime()


async def _migrates(site: Site) -> bool:
    return bool(await names(site, "SELECT datname FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'"))


async def _has_failed(story: Story) -> bool:
    status = await story.status()
    return (status.phase, status.reason) == (Phase.FAILED, Reason.MIGRATION_FAILED)


async def _is_tried_again(story: Story) -> bool:
    return (await story.status()).phase is not Phase.FAILED


@asynccontextmanager
async def _temporal_of_its_own(site: Site) -> AsyncGenerator[tuple[Site, Callable[[], Awaitable[None]]]]:
    """The site with another Temporal, and what stops that one and starts it again."""
    folder = site.data.parent / f"temporal-{free_ports(1)[0]}"
    port, ui_port = free_ports(2)
    async with AsyncExitStack() as outer:
        running = await outer.enter_async_context(AsyncExitStack())

        async def start() -> Temporal:
            server = temporal(folder, port=port, ui_port=ui_port, search_attributes=attributes.ALL)
            return await running.enter_async_context(server)

        async def restart() -> None:
            await running.aclose()
            await start()

        yield replace(site, parts=replace(site.parts, temporal=await start())), restart
