"""Every command of docs/how-to/by-hand-with-temporal.md, typed as it stands there, with Temporal's real programs."""

import shutil
import subprocess
import uuid
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.common import SearchAttributePair, TypedSearchAttributes

from activities.attributes import PHASE, PHASE_SINCE
from domain.messages import PreviewInput
from domain.names import Key
from domain.phases import Phase
from embedded.programs import beside_python
from starter import scheduling
from tests.docs.shells import Shell, blocks
from tests.servers import temporal_server
from tests.waiting import until
from tests.workflows.stages import Stage, stage

PAGE = "how-to/by-hand-with-temporal.md"
BLOCKS = blocks(PAGE)
ROOT = Path(__file__).resolve().parents[2]

ANSWERS: Mapping[str, str] = {
    "WorkflowType='PreviewWorkflow'": "preview:acme/shop:12",
    "list --query \"MatineeRepository='acme/shop'": "preview:acme/shop:12",
    "MatineePhase='failed'": "preview:acme/broken:13",
    "MatineeReason='definition-invalid'": "preview:acme/broken:13",
    "MatineePhase='building'": "preview:acme/stuck:1",
    "--name status": '"ready"',
    "workflow describe": "MatineePhase",
    "workflow metadata": "ready",
    "--name redeploy": "redeploying, as an operator asked",
    "--name extend": "expires 20",
    "--name flag": "banner is true (false in the definition)",
    "--workflow-id preview:acme/shop:12 --name close": "Signal workflow succeeded",
    "signal --query": "Started batch",
    "--name queue": '"limit":3',
    "--name resize": "Signal workflow succeeded",
    "schedule trigger": "Trigger request sent",
    "schedule describe": "SweepWorkflow",
    "--query_type status": '"phase":"ready"',
    "--workflow_id preview:acme/shop:12 --name close": "Signal workflow succeeded",
}
"""A part of each command: what its answer holds, with the page's own examples."""


def test_every_block_has_an_answer_to_be_looked_for() -> None:
    """A command that is added to the page is also tried."""
    known = [[part for part in ANSWERS if part in block] for block in BLOCKS if not block.startswith("export ")]

    assert [len(parts) for parts in known] == [1] * len(ANSWERS)


@pytest.mark.server
async def test_temporal_commands_do_what_the_page_says() -> None:
    """Looking, filtering, redeploying, extending, closing, resizing and sweeping, without Matinee's own command."""
    async with _set() as own:
        await _building(own.stage.client, "stuck", minutes=16)
        await _building(own.stage.client, "busy", minutes=14)
        before = await own.stage.status(own.key)
        commands = [block for block in BLOCKS if block.startswith("temporal ")]
        closing = next(index for index, block in enumerate(commands) if " --name close" in block)

        for block in commands[:closing]:
            await _typed(own, block)
        after = await own.stage.status(own.key)
        await _typed(own, commands[closing])
        await own.stage.reaches(own.key, Phase.STOPPED)
        for block in commands[closing + 1 :]:
            await _typed(own, block)
        await own.stage.reaches(own.broken, Phase.STOPPED)
        stuck = await own.shell(next(block for block in BLOCKS if "MatineePhase='building'" in block))
        limit = await own.shell(next(block for block in BLOCKS if "--name queue" in block))

    assert before.expires
    assert after.expires
    assert (after.expires - before.expires).days == 2
    assert "preview:acme/busy:1" not in stuck.out
    assert '"limit":5' in limit.out
    assert own.stage.left() == []


@pytest.mark.server
async def test_a_refused_update_says_why_and_exits_with_1() -> None:
    """A runbook notices that nothing was done."""
    async with _set() as own:
        refused = await own.shell("temporal workflow update execute --workflow-id preview:acme/shop:12 --name start")

    assert refused.code == 1
    assert "it is not stopped; redeploy rolls its commit out again" in refused.out


@pytest.mark.server
async def test_tctl_commands_do_what_the_page_says() -> None:
    """Temporal's former command line still shows a preview and still closes one."""
    if not _tctl().exists():
        pytest.skip("tctl is not built here: make tctl, which needs Go")
    async with _set() as own:
        for block in (block for block in BLOCKS if block.startswith("tctl ")):
            await _typed(own, block)
        await own.stage.reaches(own.key, Phase.STOPPED)

    assert own.stage.left() == []


@dataclass(frozen=True)
class Set:
    """A stage with a preview that is ready and one that failed, which the examples of the page stand for."""

    stage: Stage
    key: Key
    broken: Key
    shell: Shell


@asynccontextmanager
async def _set() -> AsyncGenerator[Set]:
    # The page speaks of all previews of a server, so this one has none but ours.
    async with temporal_server() as alone, stage(alone.client) as own:
        every = timedelta(hours=1)
        await scheduling.ensure(own.client, task_queue=own.task_queue, sweep_every=every, heal_every=every)
        key = own.opened()
        await own.ready(key)
        broken = own.opened({".matinee.yaml": b"version: 1\n"})
        await own.tell(broken)
        await own.reaches(broken, Phase.FAILED)
        examples = {
            "127.0.0.1:7233": own.client.service_client.config.target_host,
            "acme/broken:13": f"{own.repository}:{broken.number}",
            "acme/shop:12": f"{own.repository}:{key.number}",
            "acme/shop": own.repository,
            "throttle:main": f"throttle:{own.server}",
        }
        folders = (Path(beside_python("temporal")).parent, _tctl().parent)
        exports = "".join(block for block in BLOCKS if block.startswith("export "))
        yield Set(own, key, broken, Shell(folders, examples, exports))


async def _typed(own: Set, block: str) -> None:
    """The block did and answered what the page says; searches follow what happened by a moment."""
    wanted = next(own.shell.own(answer) for part, answer in ANSWERS.items() if part in block)

    async def answered() -> bool:
        typed = await own.shell(block)
        assert typed.code == 0, typed.out
        return wanted in typed.out

    if " list " in block:
        await until(answered, f"{wanted!r} is found by {block!r}")
    else:
        typed = await own.shell(block)
        assert (typed.code, wanted in typed.out) == (0, True), typed.out


async def _building(client: Client, name: str, *, minutes: int) -> None:
    """A preview that has been building for so long; no worker moves it."""
    since = datetime.now(UTC) - timedelta(minutes=minutes)
    await client.start_workflow(
        "PreviewWorkflow",
        PreviewInput(key=Key(f"acme/{name}", 1)),
        id=f"preview:acme/{name}:1",
        task_queue=f"nobody-{uuid.uuid4().hex}",
        search_attributes=TypedSearchAttributes(
            [SearchAttributePair(PHASE, Phase.BUILDING.value), SearchAttributePair(PHASE_SINCE, since)]
        ),
    )


def _tctl() -> Path:
    """Where `make tctl` puts it, as the Makefile itself says."""
    make = shutil.which("make") or "make"
    asked = ("--no-print-directory", "--eval", "where-tctl:; @echo $(TCTL)", "where-tctl")
    return Path(subprocess.run((make, *asked), cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip())
