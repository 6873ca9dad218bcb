"""Records the histories that test_histories.py replays: `python -m tests.workflows.record`.

A recorded history is of a release; it is replaced only when the workflow may change, never to please the test.
"""

import asyncio
import json
from pathlib import Path

from temporalio.client import Client, WorkflowHistory

from domain.messages import Close, Command, Observed
from domain.names import seed_id
from domain.phases import Phase
from domain.sweeping import SweepInput
from tests.fakes.platforms import Program
from tests.servers import temporal_server
from tests.workflows.stages import SEEDLESS, Stage, ended, stage

HISTORIES = Path(__file__).parent / "histories"


async def record() -> None:
    """Every history is in the folder of histories."""
    async with temporal_server() as environment:
        # Histories name who wrote them; the host on which they were recorded is nobody's business.
        client = await Client.connect(environment.client.service_client.config.target_host, identity="recorder")
        async with stage(client) as own:
            await _whole_life(own)
        async with stage(client, files=SEEDLESS) as own:
            await _troubles(own)
        async with stage(client, files=SEEDLESS) as own:
            await _sweeps(own)
        async with stage(client) as own:
            await _failing_seed(own)
    # A process that ends right after its last call of Temporal may be aborted by Temporal's own threads.
    await asyncio.sleep(0.1)


async def _whole_life(own: Stage) -> None:
    """A preview that is opened, pushed to in the middle of a rollout, and closed; and the seed that it waited for."""
    key = own.opened()
    handle = await own.tell(key)
    await own.reaches(key, Phase.BRANCHING)
    own.forge.push(key, {"page": b"2"})
    await own.tell(key)
    await own.reaches(key, Phase.READY, commit=own.head(key))
    own.forge.push(key, {"migrations/0003.sql": b"alter again"})
    await own.tell(key)
    await own.reaches(key, Phase.READY, commit=own.head(key))
    await own.closed(key)
    _write("preview-whole-life", await handle.fetch_history())
    _write("seed-sealed", await own.client.get_workflow_handle(await _seed(own)).fetch_history())


async def _troubles(own: Stage) -> None:
    """A preview whose migration fails, that is repaired, reset, stopped, started, and whose teardown is closed in."""
    key = own.opened()
    handle = await own.ready(key)
    wrong = SEEDLESS[".matinee.yaml"].replace(b"migrate: migrate", b"migrate: wrong")
    own.forge.push(key, {".matinee.yaml": wrong})
    own.platform.programs["wrong",] = Program(lines=("ERROR: no such column",), exit_code=3)
    await own.tell(key)
    await own.reaches(key, Phase.FAILED, commit=own.head(key))
    await handle.signal("observed", Observed(healthy=False, detail="it did not answer"))
    await own.reaches(key, Phase.FAILED)
    own.platform.programs.clear()
    await own.ask(key, "retry", Command(by="alice"))
    await own.reaches(key, Phase.READY, commit=own.head(key))
    await own.ask(key, "reset_database", Command(by="alice"))
    await own.ask(key, "stop", Command(by="alice"))
    await own.reaches(key, Phase.STOPPED)
    await own.ask(key, "start", Command(by="alice"))
    await own.reaches(key, Phase.READY)
    own.forge.close(key)
    await handle.signal("close", Close(by=""))
    await ended(handle)
    _write("preview-troubles", await handle.fetch_history())


async def _sweeps(own: Stage) -> None:
    """A sweep that only looks, and one that closes, starts and repairs."""
    unopened, closed, silent = own.opened(), own.opened(), own.opened()
    for key in (closed, silent):
        await own.ready(key)
        await own.shows(key, Phase.READY)
    own.forge.close(closed)
    for name, wanted in (("sweep-dry-run", SweepInput(dry_run=True)), ("sweep-acting", SweepInput())):
        own.probe.say(own.url(silent), "502 from the proxy", "502 from the proxy", None)
        handle = await own.client.start_workflow("SweepWorkflow", wanted, id=name, task_queue=own.task_queue)
        await handle.result()
        _write(name, await handle.fetch_history())
    await own.reaches(unopened, Phase.READY)


async def _failing_seed(own: Stage) -> None:
    """A seed whose command fails."""
    own.platform.programs["seed",] = Program(lines=("rows.csv: no such file",), exit_code=2)
    key = own.opened()
    await own.tell(key)
    await own.reaches(key, Phase.FAILED)
    _write("seed-failed", await own.client.get_workflow_handle(await _seed(own)).fetch_history())


async def _seed(own: Stage) -> str:
    """The id of the workflow that built this stage's seed."""
    query = f"WorkflowType = 'SeedWorkflow' AND WorkflowId STARTS_WITH '{seed_id(own.repository, '')}'"
    return next(iter([run.id async for run in own.client.list_workflows(query)]))


def _write(name: str, history: WorkflowHistory) -> None:
    """One event a line, which git and people can compare."""
    # Stack traces name folders of the machine on which they were recorded, which is nobody's business either.
    recorded = json.loads(
        history.to_json(), object_hook=lambda each: {k: v for k, v in each.items() if k != "stackTrace"}
    )
    events = [json.dumps(event, separators=(",", ":")) for event in recorded["events"]]
    (HISTORIES / f"{name}.json").write_text('{"events":[\n' + ",\n".join(events) + "\n]}\n")


if __name__ == "__main__":
    asyncio.run(record())
