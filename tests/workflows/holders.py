"""Workflows that hold leases and do nothing else, and a meter that counts how many do so at once."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from temporalio import activity, workflow

with workflow.unsafe.imports_passed_through():
    from activities import attributes
    from domain.leases import Grant, Place, lease_attribute
    from workflows.leasing import Leasing
    from workflows.showing import show


@dataclass(frozen=True, kw_only=True)
class Work:
    """What a holder does under its lease: it runs for so many seconds, or until its lease ends."""

    server: str
    seconds: float
    lease: float = 60.0
    repository: str = "acme/shop"
    label: str = "shop-1"
    ends: datetime | None = None


@dataclass
class Meter:
    """Counts, where the work is done, how much of it runs at once; `order` is in which order it began."""

    running: dict[str, int] = field(default_factory=dict[str, int])
    most: dict[str, int] = field(default_factory=dict[str, int])
    order: list[str] = field(default_factory=list[str])
    labels: set[str] = field(default_factory=set[str])

    @activity.defn(name="work")
    async def work(self, work: Work) -> None:
        """The work is done, or was ended by a cancellation or by the end of its lease."""
        self.running[work.server] = self.running.get(work.server, 0) + 1
        self.most[work.server] = max(self.most.get(work.server, 0), self.running[work.server])
        self.order.append(activity.info().workflow_id or "")
        self.labels.add(work.label)
        try:
            await self._run(work)
        finally:
            self.running[work.server] -= 1
            self.labels.discard(work.label)

    async def busy(self, label: str) -> bool:
        """Whether work under this label runs, as a database or a platform would say."""
        return label in self.labels

    async def _run(self, work: Work) -> None:
        end = min(datetime.now(UTC) + timedelta(seconds=work.seconds), work.ends or datetime.max.replace(tzinfo=UTC))
        while (left := (end - datetime.now(UTC)).total_seconds()) > 0:
            activity.heartbeat()
            await asyncio.sleep(min(0.1, left))


@workflow.defn
class Holder:
    """Takes one lease, works under it, gives it back."""

    @workflow.init
    def __init__(self, work: Work) -> None:
        self._leasing = Leasing(work.repository, work.label)

    @workflow.run
    async def run(self, work: Work) -> None:
        """The work was done under a lease."""
        show({attributes.REPOSITORY.name: work.repository})
        token = f"{workflow.info().run_id}/1"
        try:
            grant = await self._leasing.acquire(work.server, token=token, seconds=work.lease)
            await self._work(work, grant)
        finally:
            # An evicted workflow's coroutines are closed too, and may then not wait for anything.
            if workflow.in_workflow():
                await workflow.wait_condition(lambda: self._leasing.is_idle)

    @workflow.signal
    def granted(self, grant: Grant) -> None:
        """A lease was given."""
        self._leasing.granted(grant)

    @workflow.signal
    def queued(self, place: Place) -> None:
        """The place in the queue changed."""
        self._leasing.queued(place)

    @workflow.query
    def place(self) -> Place | None:
        """The place in the queue."""
        return self._leasing.place

    async def _work(self, work: Work, grant: Grant) -> None:
        show({attributes.LEASE.name: lease_attribute(grant)})
        try:
            await workflow.execute_activity_method(
                Meter.work,
                Work(server=work.server, seconds=work.seconds, label=work.label, ends=grant.ends),
                start_to_close_timeout=timedelta(seconds=work.lease),
                heartbeat_timeout=timedelta(seconds=2),
                cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
            )
        finally:
            if workflow.in_workflow():
                show({attributes.LEASE.name: None})
                await self._leasing.release(grant)
