"""A throttle with its holders on a real Temporal server, for tests of it and for recording its histories."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import uuid4

from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Worker

from activities.leases import LeaseActivities
from domain.leases import Queue
from domain.names import throttle_id
from domain.queueing import ThrottleInput
from tests.workflows.holders import Holder, Meter, Work
from workflows.throttle import ThrottleWorkflow

T = TypeVar("T")
Held = WorkflowHandle[Holder, None]


@dataclass
class Scene:
    """One database server's throttle, its holders, and the meter that counts them."""

    client: Client
    server: str
    queue_name: str
    meter: Meter

    @property
    def throttle(self) -> WorkflowHandle[ThrottleWorkflow, None]:
        """The throttle of this server, whichever run of it."""
        return self.client.get_workflow_handle_for(ThrottleWorkflow.run, throttle_id(self.server))

    def worker(self, *, limit: int, cached: int = 1000) -> Worker:
        """A worker of this scene's queue that keeps so many workflows in memory."""
        leases = LeaseActivities(self.client, {"main": self.meter}, {"local": self.meter}, {self.server: limit})
        return Worker(
            self.client,
            task_queue=self.queue_name,
            workflows=[ThrottleWorkflow, Holder],
            activities=[
                self.meter.work,
                leases.request_lease,
                leases.release_lease,
                leases.find_holders,
                leases.holders_gone,
            ],
            max_cached_workflows=cached,
        )

    async def hold(self, name: str, *, seconds: float = 0.3, repository: str = "acme/shop") -> Held:
        """A holder of this name that works so long under its lease."""
        work = Work(server=self.server, seconds=seconds, repository=repository, label=f"{self.server}-{name}")
        return await self.client.start_workflow(
            Holder.run, work, id=f"{self.server}/{name}", task_queue=self.queue_name
        )

    async def hold_many(self, number: int, *, seconds: float = 0.3, name: str = "") -> list[Held]:
        """So many holders of two repositories."""
        return [
            await self.hold(f"{name}{one}", seconds=seconds, repository=f"acme/{'shop' if one % 2 else 'blog'}")
            for one in range(number)
        ]

    async def start(self, *, limit: int, continue_after_events: int = 0) -> None:
        """A throttle with this limit runs, the first of this server."""
        given = ThrottleInput(server=self.server, limit=limit, first=True, continue_after_events=continue_after_events)
        await self.client.start_workflow(
            ThrottleWorkflow.run, given, id=throttle_id(self.server), task_queue=self.queue_name
        )

    async def queue(self) -> Queue:
        """What the throttle says of itself; nothing while none has been started."""
        try:
            return await self.throttle.query(ThrottleWorkflow.queue)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return Queue(server=self.server, limit=0)

    async def until(self, condition: Callable[[Queue], bool], *, within: float = 30.0) -> Queue:
        """The first answer of the throttle that meets the condition; the test fails if none does in time."""
        return await eventually(self.queue, condition, within=within)

    @property
    def most(self) -> int:
        """How much work ran at once at most."""
        return self.meter.most.get(self.server, 0)

    @property
    def running(self) -> int:
        """How much work runs now."""
        return self.meter.running.get(self.server, 0)


async def eventually(ask: Callable[[], Awaitable[T]], condition: Callable[[T], bool], *, within: float) -> T:
    """The first answer that meets the condition; AssertionError with the last one if none does in time."""
    end = datetime.now(UTC) + timedelta(seconds=within)
    while not condition(answer := await ask()):
        assert datetime.now(UTC) < end, f"not within {within} s: {answer}"
        await asyncio.sleep(0.05)
    return answer


@asynccontextmanager
async def scene(client: Client, *, limit: int = 3, cached: int = 1000) -> AsyncGenerator[Scene]:
    """A server of its own for one test, with a worker that keeps so many workflows in memory."""
    server = f"server-{uuid4().hex[:8]}"
    here = Scene(client, server, server, Meter())
    async with here.worker(limit=limit, cached=cached):
        yield here


async def all_done(holders: list[Held]) -> None:
    """Every holder has ended well."""
    await asyncio.gather(*(holder.result() for holder in holders))
