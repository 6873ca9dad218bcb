"""The sweep by command: what it would do, what it did, and going on with what it held back."""

import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio.client import Client

from domain.names import Key
from domain.phases import Phase
from domain.pulls import Revision
from domain.requests import DeployRequest
from domain.sweeping import Act, Finding, Sighting, SweepInput, SweepReport
from starter.commands.sweeping import approved
from tests.fakes.platforms import FakePlatform
from tests.servers import temporal_server
from tests.starter.commands.command_lines import command_line
from tests.waiting import until
from tests.workflows.stages import Stage, stage

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


@pytest.mark.server
async def test_approval_counts_what_was_seen_before() -> None:
    """An orphan that a run held back, and a person looked at, is removed: it need not be seen anew for an hour."""
    now = datetime.now(UTC)
    async with temporal_server() as alone:
        own = Stage(alone.client, platform=FakePlatform(instance="local", now=lambda: now - timedelta(days=3)))
        key = own.opened()
        own.forge.forget(key)
        await own.platform.deploy(_orphan(key, own), None)
        report = SweepReport(
            at=now,
            dry_run=False,
            light=False,
            previews=0,
            held_back=(Finding(key=key, act=Act.CLOSE, why="an orphan"),),
            sightings=(Sighting(key=key, since=now - timedelta(hours=2)),),
        )

        async with own.worker():
            first = await _swept(own, SweepInput())
            second = await _swept(own, approved(report, dry_run=False))
            await until(lambda: _count(own.client, ENDED, 1), "the orphan's own workflow has removed it")

    assert [finding.act for finding in first.done] == [Act.WATCH]
    assert [finding.act for finding in second.done] == [Act.CLOSE]
    assert own.left() == []


async def _count(client: Client, query: str, wanted: int) -> bool:
    return (await client.count_workflows(query)).count == wanted


async def _swept(own: Stage, wanted: SweepInput) -> SweepReport:
    """The report of a sweep."""
    handle = await own.client.start_workflow(
        "SweepWorkflow", wanted, id=uuid.uuid4().hex, task_queue=own.task_queue, result_type=SweepReport
    )
    return await handle.result()


def _orphan(key: Key, own: Stage) -> DeployRequest:
    """What makes something on the platform that no workflow knows of."""
    return DeployRequest(
        key=key,
        label=own.policies(key).label,
        instance="local",
        revision=Revision(commit="1" * 40, pushed_at=datetime.now(UTC)),
        release="r1",
        services=(),
        database=None,
        variable="DATABASE_URL",
    )
