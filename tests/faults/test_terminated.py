"""`temporal workflow terminate`: nobody owns the preview any more, until the sweep makes it what the forge says."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from domain.messages import Push
from embedded.programs import beside_python
from tests.faults import lives, tiny
from tests.faults.sites import Site, other_site
from tests.faults.stories import Story, story_of, worker_of
from tests.waiting import until
from tests.workflows.gates import Gate, Gates
from tests.workflows.stages import event

pytestmark = [pytest.mark.server, pytest.mark.slow]

STEPS = ("plan", "branch", "run_command", "deploy", "settle", "probe", "report")


@pytest.mark.parametrize("name", STEPS)
async def test_a_rollout_that_was_terminated_is_begun_again_by_the_sweep(site: Site, name: str) -> None:
    """The pull request is open, so it gets its preview: one, with all that the first try had left."""
    async with other_site(site, f"again{name.replace('_', '')}", tiny.FILES) as own:
        story, gate = await story_of(own, "again"), Gate(name)
        async with worker_of(story, Gates(gate)):
            await _cut(story, gate)
            await _sweep(story)
            await lives.is_alone(story, await story.ready())
            await lives.closed(story)
            await lives.is_gone(story)
        await story.replays()


@pytest.mark.parametrize("name", STEPS)
async def test_a_rollout_that_was_terminated_and_closed_leaves_nothing(site: Site, name: str) -> None:
    """The pull request was closed meanwhile, and what had been made for it goes, though nobody remembers making it."""
    async with other_site(site, f"cut{name.replace('_', '')}", tiny.FILES) as own:
        story, gate = await story_of(own, "cut"), Gate(name)
        async with worker_of(story, Gates(gate)):
            await _cut(story, gate)
            await story.delete()
            await _sweep(story)
            await lives.nothing_is_left(story)
        await story.replays()


@pytest.mark.parametrize("is_open", [True, False], ids=["open", "closed"])
async def test_a_ready_preview_that_was_terminated_is_what_the_forge_says(site: Site, is_open: bool) -> None:
    """By the command that docs/ name: an open one is owned again, a closed one goes."""
    async with other_site(site, f"ready{is_open}".lower(), tiny.FILES) as own:
        story = await story_of(own, "ready")
        async with worker_of(story):
            await _opened(story)
            await story.ready()
            await _terminate_by_command(story)
            if not is_open:
                await story.delete()
            await _sweep(story)
            if is_open:
                await lives.is_alone(story, await story.ready())
                await lives.closed(story)
            await lives.is_gone(story)
        await story.replays()


async def test_a_teardown_that_was_terminated_is_finished_by_the_sweep(site: Site) -> None:
    """Half of it is gone, and the other half goes too."""
    async with other_site(site, "half", tiny.FILES) as own:
        story, gate = await story_of(own, "half"), Gate("drop")
        async with worker_of(story, Gates(gate)):
            await _opened(story)
            await story.ready()
            await lives.closed(story)
            await event(gate.reached, "the database is being dropped")
            await story.handle.terminate()
            gate.opened.set()
            await _sweep(story)
            await lives.nothing_is_left(story)
        await story.replays()


async def test_a_throttle_that_was_terminated_gives_no_lease_twice(site: Site) -> None:
    """With one place, whoever waits goes on waiting until the other's migration has ended, and then both come up."""
    async with other_site(site, "narrow", tiny.FILES, throttle=1) as own:
        first, gate = await story_of(own, "one"), Gate("run_command")
        second = Story(site=own, client=first.client, repository=own.repository, branch="two")
        gates = Gates(gate)
        async with worker_of(first, gates):
            for story in (first, second):
                await _opened(story)
            await event(gate.reached, "one of them migrates")
            await until(lambda: _waits(first), "the other one waits", seconds=60)

            await first.client.get_workflow_handle("throttle:main").terminate()
            await until(lambda: _knows(first), "another throttle knows of the lease", seconds=120)
            assert gates.names.count("run_command") == 1
            gate.opened.set()

            for story in (first, second):
                await lives.is_alone(story, await story.ready())
            await lives.no_lease_is_held(first)
            for story in (first, second):
                await lives.closed(story)
                await lives.is_gone(story)
        await first.replays()


async def _opened(story: Story) -> None:
    await story.push(tiny.CHANGE)
    await story.tell(Push())


async def _cut(story: Story, gate: Gate) -> None:
    """The rollout was terminated while this activity was at work, which goes on for nobody."""
    await _opened(story)
    await event(gate.reached, f"{gate.name} is at work")
    await story.handle.terminate()
    gate.opened.set()


async def _sweep(story: Story) -> None:
    await lives.begin_sweep(story)
    await lives.sweep_ended(story)


async def _terminate_by_command(story: Story) -> None:
    process = await asyncio.create_subprocess_exec(
        *(beside_python("temporal"), "workflow", "terminate", "--workflow-id", story.handle.id),
        *("--reason", "a person at the command line", "--namespace", story.client.namespace),
        *("--address", story.site.parts.temporal.address),
        stdout=asyncio.subprocess.DEVNULL,
    )
    assert await process.wait() == 0


async def _queue(story: Story) -> Mapping[str, Any]:
    queue: Mapping[str, Any] = await story.client.get_workflow_handle("throttle:main").query("queue")
    return queue


async def _waits(story: Story) -> bool:
    queue = await _queue(story)
    return bool(queue["held"] and queue["waiting"])


async def _knows(story: Story) -> bool:
    throttle = await story.client.get_workflow_handle("throttle:main").describe()
    if throttle.close_time is not None:
        return False
    queue = await _queue(story)
    return not queue["adopting"] and len(queue["held"]) == 1 and len(queue["waiting"]) == 1
