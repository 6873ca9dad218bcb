"""The sweep by command: what it would do, what it did, and going on with what it held back."""

from pathlib import Path

import pytest
from temporalio.client import Client

from domain.phases import Phase
from tests.servers import temporal_server
from tests.starter.commands.command_lines import command_line
from tests.waiting import until
from tests.workflows.stages import stage

ENDED = "WorkflowType = 'PreviewWorkflow' AND ExecutionStatus = 'Completed'"


@pytest.mark.server
async def test_sweep_says_does_and_holds_back(tmp_path: Path) -> None:
    """Two lost closes: a dry run names them, a run ends one and holds one back, and an approved run ends that too."""
    # A sweep looks at all previews of a server, so this one has none but ours.
    async with temporal_server() as alone, stage(alone.client) as own:
        matinee = command_line(alone.client, tmp_path, TEMPORAL__TASK_QUEUE=own.task_queue)
        keys = [own.opened(), own.opened()]
        for key in keys:
            await own.ready(key)
        for key in keys:
            own.forge.close(key)
        await until(lambda: _count(own.client, "MatineePhase = 'ready'", 2), "both are listed as ready")

        dry = await matinee("sweep", "--dry-run")
        untouched = [(await own.status(key)).phase for key in keys]
        run = await matinee("sweep", "--json")
        await until(lambda: _count(own.client, ENDED, 1), "one preview ended")
        held_back = run.json["held_back"]
        approved = await matinee("sweep", "--approve", run.json["run"])
        await until(lambda: _count(own.client, ENDED, 2), "both previews ended")
        unknown = await matinee("sweep", "--approve", "sweep-by-nobody")
        left = own.left()

    assert dry.code == 0
    assert "would close" in dry.out
    assert "held back: close" in dry.out
    assert untouched == [Phase.READY, Phase.READY]
    assert (run.json["previews"], len(run.json["done"]), len(held_back)) == (2, 1, 1)
    assert f"close {held_back[0]['key']}" in approved.out
    assert left == []
    assert unknown.code == 1
    assert "there is no sweep of the name" in unknown.err


async def _count(client: Client, query: str, wanted: int) -> bool:
    return (await client.count_workflows(query)).count == wanted
