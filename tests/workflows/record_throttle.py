"""Records the histories that test_throttle_histories.py replays: `python -m tests.workflows.record_throttle`.

A recorded history is of a release; it is replaced only when the workflow may change, never to please the test.
"""

import asyncio
from pathlib import Path

from temporalio.client import Client, WorkflowHistory

from domain.names import throttle_id
from tests.servers import temporal_server
from tests.workflows.scenes import Scene, all_done, scene
from workflows.throttle import ThrottleWorkflow

HISTORIES = Path(__file__).parent / "histories"


async def record() -> None:
    """Both histories are in the folder of histories."""
    async with temporal_server() as environment:
        # Histories name who wrote them; the host on which they were recorded is nobody's business.
        client = await Client.connect(environment.client.service_client.config.target_host, identity="recorder")
        async with scene(client) as here:
            _write("throttle-continued", await _continued(here))
        async with scene(client) as here:
            _write("throttle-adopting", await _adopting(here))
    # A process that ends right after its last call of Temporal may be aborted by Temporal's own threads.
    await asyncio.sleep(0.1)


async def _continued(here: Scene) -> WorkflowHistory:
    """A run that began with a state and ended by handing it on, with places told and the limit changed."""
    await here.start(limit=2, continue_after_events=60)
    holders = await here.hold_many(12)
    await here.throttle.signal(ThrottleWorkflow.resize, 3)
    await all_done(holders)
    query = f"WorkflowId = '{throttle_id(here.server)}' AND ExecutionStatus = 'ContinuedAsNew'"
    runs = [run async for run in here.client.list_workflows(query)]
    second = sorted(runs, key=lambda run: run.start_time)[1]
    return await here.client.get_workflow_handle(second.id, run_id=second.run_id).fetch_history()


async def _adopting(here: Scene) -> WorkflowHistory:
    """A run that was started after another was terminated, took its leases over, and looked whether they were gone."""
    holders = await here.hold_many(3, seconds=55)
    await here.until(lambda _: here.running == len(holders))
    await here.throttle.terminate("to be recorded")
    waiting = await here.hold("waiting")
    await here.until(lambda queue: queue.adopting)
    await here.throttle.signal(ThrottleWorkflow.resize, 3)
    await here.until(lambda queue: len(queue.held) == len(holders), within=60)
    await holders[0].terminate("to be recorded")
    await waiting.result()
    return await here.throttle.fetch_history()


def _write(name: str, history: WorkflowHistory) -> None:
    (HISTORIES / f"{name}.json").write_text(history.to_json() + "\n")


if __name__ == "__main__":
    asyncio.run(record())
