"""Asking a preview for its status right after its worker was lost: what it hears then must not confuse what follows.

The question makes the next worker replay a history whose end it has not heard of yet. Whatever a workflow decides by
its clock just then, or does in another one's name, makes a history that no later worker can replay.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer

from domain.names import Key
from domain.phases import Phase
from tests.faults.playing import ROLLOUT, TEARDOWN
from tests.workflows.gates import Gate
from tests.workflows.stages import Stage, ended, event
from worker import WORKFLOWS

pytestmark = pytest.mark.server

Handle = WorkflowHandle[object, list[str]]

QUICK = frozenset({"look", "report", "run_command"})
"""Those that are tried in every run of the tests; the others are slow only because they are many."""

HELD = [
    pytest.param(name, marks=() if name in QUICK else (pytest.mark.slow,))
    for name in sorted(ROLLOUT - {"begin", "request_lease", "release_lease"})
]
"""The activities of a rollout in whose midst a worker can be lost; leases are asked for within a workflow's task."""


@pytest.mark.parametrize("name", HELD)
async def test_a_question_in_a_rollout_leaves_a_history_that_replays(temporal: WorkflowEnvironment, name: str) -> None:
    """Somebody follows a push while its worker is lost: the preview comes up, and any worker can take it over."""
    own, gate = Stage(temporal.client), Gate(name)
    own.gates.gates.append(gate)
    key = own.opened()

    async with own.worker(drain=0):
        handle = await own.tell(key)
        await event(gate.reached, f"{name} is at work")
    async with _second_worker(own, key):
        gate.opened.set()
        await own.reaches(key, Phase.READY)
        await own.closed(key)

    await _replays(handle)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(TEARDOWN - ROLLOUT))
async def test_a_question_in_a_teardown_leaves_a_history_that_replays(temporal: WorkflowEnvironment, name: str) -> None:
    """Somebody looks at a preview that closes while its worker is lost: everything goes, and the history is whole."""
    own, gate = Stage(temporal.client), Gate(name)
    own.gates.gates.append(gate)
    key = own.opened()

    async with own.worker(drain=0):
        handle = await own.ready(key)
        own.forge.close(key)
        await own.tell(key, "close")
        await event(gate.reached, f"{name} is at work")
    async with _second_worker(own, key):
        gate.opened.set()
        await ended(handle)

    assert own.left() == []
    await _replays(handle)


@asynccontextmanager
async def _second_worker(own: Stage, key: Key) -> AsyncGenerator[None]:
    """Another worker has answered for the preview's status before anything else has happened."""
    client = await Client.connect(own.client.service_client.config.target_host)
    async with own.worker(client):
        await own.status(key)
        yield


async def _replays(handle: Handle) -> None:
    await Replayer(workflows=WORKFLOWS).replay_workflow(await handle.fetch_history())
