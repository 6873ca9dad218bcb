"""Lost workers: one that is gone in the middle of any activity is replaced, and the end is the same."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from domain.phases import Phase
from tests.workflows.gates import Gate, Gates
from tests.workflows.stages import Stage, event

pytestmark = [pytest.mark.server, pytest.mark.slow]

MAKING_SEEDS = ("have_seed", "open_seed", "seal_seed", "drop_seeds")
UP = ("begin", "look", "plan", "resolve_image", *MAKING_SEEDS, "branch", "run_command", "deploy", "settle", "probe")
AT_ONCE = 6
"""Previews whose worker is lost at the same time: more would show what a small machine can do, and nothing else."""

DOWN = ("remove_deployments", "drop", "remove_images")


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_worker_that_is_lost_at_any_activity_changes_nothing(
    temporal: WorkflowEnvironment, after: bool
) -> None:
    """Whatever a worker was doing when it went, the preview gets ready and goes as a whole, with nothing doubled."""
    places = asyncio.Semaphore(AT_ONCE)
    up = (_lost_on_the_way_up(temporal.client, name, places, after=after) for name in UP)
    down = (_lost_on_the_way_down(temporal.client, name, places, after=after) for name in DOWN)
    await asyncio.gather(*up, *down)


async def _lost_on_the_way_up(client: Client, name: str, places: asyncio.Semaphore, *, after: bool) -> None:
    async with places:
        await _up(client, name, after=after)


async def _up(client: Client, name: str, *, after: bool) -> None:
    gate = Gate(name, after=after)
    own = Stage(client, gates=Gates(gate))
    key = own.opened()
    async with _lost_at(own, gate):
        await own.tell(key)
        await event(gate.reached, f"{name} is at work")
    async with await _another(own):
        ready = await own.reaches(key, Phase.READY, commit=own.head(key), seconds=60)
        preview = own.platform.machine.previews[ready.label]
        assert len(preview.releases) == 1, name
        assert own.database.server.stores[ready.database_name].generation == ready.generation
        assert len([each for each in own.database.server.stores.values() if each.owner[1] == "seed"]) == 1
        await own.closed(key)
        assert own.left() == [], name


async def _lost_on_the_way_down(client: Client, name: str, places: asyncio.Semaphore, *, after: bool) -> None:
    async with places:
        await _down(client, name, after=after)


async def _down(client: Client, name: str, *, after: bool) -> None:
    gate = Gate(name, after=after)
    own = Stage(client, gates=Gates())
    key = own.opened()
    async with _lost_at(own, gate):
        handle = await own.ready(key)
        ledger = (await own.status(key)).ledger
        own.gates.gates.append(gate)
        own.forge.close(key)
        await handle.signal("close", {"by": ""})
        await event(gate.reached, f"{name} is at work")
    async with await _another(own):
        gone = await asyncio.wait_for(handle.result(), 60)
        assert sorted(gone) == sorted(str(entry) for entry in ledger), name
        assert own.left() == [], name


@asynccontextmanager
async def _lost_at(own: Stage, gate: Gate) -> AsyncGenerator[None]:
    """A worker that lets nothing end when it goes; the gate does not stand in the way of the next one."""
    async with own.worker(drain=0):
        yield
    own.gates.gates.clear()
    gate.opened.set()


async def _another(own: Stage) -> Worker:
    """A worker with a connection of its own, as one on another machine would have."""
    configuration = own.client.service_client.config
    return own.worker(await Client.connect(configuration.target_host, namespace=own.client.namespace))
