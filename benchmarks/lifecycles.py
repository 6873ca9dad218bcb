"""Lifecycles: whole lives of previews per second, against a workflow with the same events and leases but no work.

A life is: a push, ready, the close, everything verified gone. The fakes take no time, so what is left is Temporal,
which both need alike, and our own code. Both run in this process, on one server in memory, with as many at once.
"""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import replace

from temporalio.client import Client
from temporalio.worker import Worker

from activities.leases import LeaseActivities
from benchmarks._hollow import HollowWorkflow, Nothing
from benchmarks._measuring import measure, say, spread, told
from benchmarks._parts import LEASES, Pauses, TellingForge, paused_stage
from benchmarks._servers import temporal_client
from domain.messages import Close
from domain.names import Key
from domain.policies import Policy
from tests.workflows.stages import Stage
from worker import built
from workflows.throttle import ThrottleWorkflow

AT_LEAST = 0.8
"""The part of the hollow workflow's lives per second that previews are to reach."""

Life = Callable[[], Awaitable[int]]
"""Lives one life; how many events it took."""


async def benchmark(quick: bool) -> None:
    """Both live in turn."""
    rounds, lives, at_once = (1, 3, 3) if quick else (5, 16, 8)
    async with temporal_client() as client:
        stage, forge, ports = paused_stage(client, Pauses({}))
        nothing, policy = Nothing(), replace(stage.policies(Key(stage.repository, 1)), database="hollow")
        async with built(client, stage.task_queue, ports), _hollow_worker(client, nothing):
            preview, hollow = _preview(stage, forge), _hollow(client, nothing, policy)
            # The first of each starts its throttle, and builds the seed that the others branch from.
            await asyncio.gather(preview(), hollow())
            say(f"events of one life: {await preview()} of a preview, {await hollow()} of the hollow workflow")
            rows = [[await _measured(life, lives, at_once) for life in (preview, hollow)] for _ in range(rounds)]
    for index, name in enumerate(("previews", "hollow")):
        rates, burnt = ([row[index][figure] for row in rows] for figure in (0, 1))
        say(f"{name}: {spread(rates)} lives per second, {spread(burnt)} ms of processor each in this process")
    told("lives per second, previews to hollow", [ours[0] / bare[0] for ours, bare in rows], AT_LEAST, at_most=False)


async def _measured(life: Life, lives: int, at_once: int) -> tuple[float, float]:
    """Lives per second, and milliseconds of processor time of this process for each, whatever else the machine does."""
    free = asyncio.Semaphore(at_once)

    async def one() -> None:
        async with free:
            await life()

    began, burnt = time.perf_counter(), time.process_time()
    await asyncio.gather(*(one() for _ in range(lives)))
    return lives / (time.perf_counter() - began), 1000 * (time.process_time() - burnt) / lives


def _preview(stage: Stage, forge: TellingForge) -> Life:
    async def life() -> int:
        key = stage.opened()
        handle = await stage.tell(key)
        await forge.ready[key].wait()
        forge.close(key)
        await handle.signal("close", Close(by=""))
        await handle.result()
        return (await handle.describe()).history_length

    return life


def _hollow(client: Client, nothing: Nothing, policy: Policy) -> Life:
    async def life() -> int:
        handle = await client.start_workflow(
            HollowWorkflow.run,
            policy,
            id=f"hollow-{uuid.uuid4().hex}",
            task_queue="hollow",
            start_signal="push",
        )
        await nothing.ready[handle.id].wait()
        await handle.signal(HollowWorkflow.close)
        await handle.result()
        return (await handle.describe()).history_length

    return life


def _hollow_worker(client: Client, nothing: Nothing) -> Worker:
    lease = LeaseActivities(client, {}, {}, {"hollow": LEASES})
    return Worker(
        client,
        task_queue="hollow",
        workflows=[HollowWorkflow, ThrottleWorkflow],
        activities=[
            *(nothing.nothing, nothing.say_ready),
            *(lease.request_lease, lease.release_lease, lease.holders_gone, lease.find_holders),
        ],
        max_cached_workflows=2000,
        max_concurrent_activities=100,
    )


if __name__ == "__main__":
    measure("lifecycles: previews against a workflow without work", benchmark)
