"""Adopting: a workflow that was terminated loses nothing, because the next one first finds what the last one made."""

import asyncio
from dataclasses import replace

import pytest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from domain.phases import Phase
from tests.waiting import until
from tests.workflows.gates import Gate
from tests.workflows.stages import SEEDLESS, ended, event, stage

pytestmark = pytest.mark.server

AT = ("plan", "resolve_image", "branch", "run_command", "deploy", "settle", "probe")


async def test_a_preview_terminated_in_its_rollout_comes_back_whole(temporal: WorkflowEnvironment) -> None:
    """Terminated at any step: the next event brings the open pull request up, nothing doubled, and close removes it."""
    await asyncio.gather(*(_terminated(temporal.client, name, is_open=True) for name in AT))


async def test_a_preview_terminated_in_its_rollout_leaves_nothing_when_closed(temporal: WorkflowEnvironment) -> None:
    """Terminated at any step and closed meanwhile: the next event removes all that was made."""
    await asyncio.gather(*(_terminated(temporal.client, name, is_open=False) for name in AT))


async def _terminated(client: Client, name: str, *, is_open: bool) -> None:
    gate = Gate(name, after=True)
    async with stage(client, gate, files=SEEDLESS) as own:
        key = own.opened()
        handle = await own.tell(key)
        await event(gate.reached, f"{name} has done its work")
        await handle.terminate("a test")
        own.gates.gates.clear()
        gate.opened.set()
        if not is_open:
            own.forge.close(key)
        again = await own.tell(key)

        if is_open:
            ready = await own.reaches(key, Phase.READY, commit=own.head(key))
            preview = own.platform.machine.previews[ready.label]
            assert len(preview.releases) == 1
            assert own.database.server.stores[ready.database_name].generation == ready.generation
            await own.closed(key)
        else:
            await ended(again)
        assert own.left() == [], f"left after a termination at {name}"


async def test_a_ready_preview_whose_workflow_was_terminated_is_taken_over(temporal: WorkflowEnvironment) -> None:
    """The new owner knows what is there: it closes as if nothing had happened, receipt included."""
    async with stage(temporal.client, files=SEEDLESS) as own:
        key = own.opened()
        handle = await own.ready(key)
        before = {str(entry) for entry in (await own.status(key)).ledger}
        await handle.terminate("a test")

        gone = await own.closed(key)

        assert set(gone) >= before
        assert own.left() == []


async def test_the_work_of_a_terminated_workflow_ends(temporal: WorkflowEnvironment) -> None:
    """A migration whose workflow was terminated does not run on beside the next one."""
    gate = Gate("run_command")
    async with stage(temporal.client, gate, files=SEEDLESS) as own:
        key = own.opened()
        handle = await own.tell(key)
        await event(gate.reached, "the migration runs")
        await handle.terminate("a test")

        async def over() -> bool:
            return not own.gates.running

        await until(over, "the migration was ended", show=lambda: own.status(key))


async def test_what_was_made_under_an_older_label_is_removed_by_that_label(temporal: WorkflowEnvironment) -> None:
    """The operator changed who may have plain names: what my preview had before is taken away with the rest."""
    async with stage(temporal.client, files=SEEDLESS) as own:
        key = own.opened()
        before = own.policies(key).label
        handle = await own.ready(key)
        await handle.terminate("a test")
        own.policy = lambda policy: replace(policy, label=f"renamed-{key.number}")

        await own.ready(key)
        assert {before, f"renamed-{key.number}"} <= set(own.platform.machine.previews)
        gone = await own.closed(key)

        assert own.left() == []
        assert {f"folder {before}", f"folder renamed-{key.number}"} <= set(gone)
