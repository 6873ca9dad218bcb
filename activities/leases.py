"""Leases, seen from Temporal's side: asking for one, giving it back, and finding out who holds one."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from temporalio import activity
from temporalio.client import Client, WorkflowExecution, WorkflowExecutionStatus
from temporalio.common import SearchAttributeKey, WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from activities.failures import told_to_temporal
from domain.leases import (
    Adoption,
    Lease,
    LeaseRequest,
    LeaseReturn,
    Ticket,
    held_by,
    lease_prefix,
)
from domain.names import throttle_id
from domain.queueing import GRACE, LIMIT_MEMO, ThrottleInput

DEFAULT_LIMIT = 3
"""Branchings and migrations at once on a server whose limit nobody set."""

QUIET = timedelta(seconds=15)
"""How long a holder's workflow must have been closed before its silence counts.

No attempt of an activity begins after the close, but one that had just begun may not have reached its database
yet; it ends itself when it learns of the close by its heartbeat, which is well within this time.
"""

_LEASE = SearchAttributeKey[str].for_keyword("MatineeLease")
_REPOSITORY = SearchAttributeKey[str].for_keyword("MatineeRepository")
_THROTTLE = "ThrottleWorkflow"


def _now() -> datetime:
    return datetime.now(UTC)


class Busy(Protocol):
    """What a database and a platform have in common here: each knows whether something still runs in it."""

    async def busy(self, label: str) -> bool:
        """Whether anything that needs a lease still runs for this label, whoever began it."""
        ...


@dataclass(frozen=True)
class LeaseActivities:
    """The client of Temporal, the ports that know what still runs, and the limit of each server by name.

    A server that `limits` does not name has DEFAULT_LIMIT. A limit holds for throttles that are started from now
    on; one that runs keeps its own until it is resized.
    """

    client: Client
    databases: Mapping[str, Busy]
    platforms: Mapping[str, Busy]
    limits: Mapping[str, int] = field(default_factory=dict[str, int])
    now: Callable[[], datetime] = _now

    @activity.defn(name="request_lease")
    async def request_lease(self, request: LeaseRequest) -> None:
        """The throttle of the server runs and knows of this ticket."""
        try:
            await self._ask(request, first=True)
        except WorkflowAlreadyStartedError:
            await self._ask(request, first=False)

    @activity.defn(name="release_lease")
    async def release_lease(self, returned: LeaseReturn) -> None:
        """The throttle of the server knows that this token neither holds nor waits; if none runs, none does."""
        throttle = self.client.get_workflow_handle(throttle_id(returned.server))
        try:
            await throttle.signal("release", returned.token)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise

    @activity.defn(name="find_holders")
    async def find_holders(self, server: str) -> Adoption:
        """The leases of this server whose end is not past, whether their holders still run or not.

        A holder that was terminated keeps its search attribute, and what ran under its lease may run on.
        """
        # The prefix is written by us, but a server's name is a setting: a quote in it would end the string.
        prefix = lease_prefix(server).replace("'", "''")
        found = [
            lease
            async for holder in self.client.list_workflows(f"{_LEASE.name} STARTS_WITH '{prefix}'")
            if (lease := _lease_of(holder, server, self.now())) is not None
        ]
        by_token = {lease.ticket.token: lease for lease in found}
        return Adoption(held=tuple(by_token.values()), limit=await self._limit_of_the_last(server))

    @activity.defn(name="holders_gone")
    async def holders_gone(self, leases: tuple[Lease, ...]) -> tuple[str, ...]:
        """The tokens of those leases whose holder's workflow is closed and under which nothing runs any more."""
        async with told_to_temporal():
            gone = await asyncio.gather(*(self._is_gone(lease.ticket) for lease in leases))
        return tuple(lease.ticket.token for lease, is_gone in zip(leases, gone, strict=True) if is_gone)

    async def _ask(self, request: LeaseRequest, *, first: bool) -> None:
        # Only the server itself can say that no throttle of this name ran before: it refuses a duplicate.
        reuse = WorkflowIDReusePolicy.REJECT_DUPLICATE if first else WorkflowIDReusePolicy.ALLOW_DUPLICATE
        limit = self.limits.get(request.server, DEFAULT_LIMIT)
        await self.client.start_workflow(
            _THROTTLE,
            ThrottleInput(server=request.server, limit=limit, first=first),
            id=throttle_id(request.server),
            task_queue=activity.info().task_queue,
            id_reuse_policy=reuse,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            start_signal="acquire",
            start_signal_args=[request.ticket],
            static_summary=f"leases of {request.server}",
        )

    async def _limit_of_the_last(self, server: str) -> int | None:
        # A throttle that continued as new handed its limit on; only one that ended otherwise left it behind.
        query = f"WorkflowId = '{throttle_id(server)}' AND ExecutionStatus NOT IN ('Running', 'ContinuedAsNew')"
        ended = [run async for run in self.client.list_workflows(query)]
        if not ended:
            return None
        last = max(ended, key=lambda run: run.close_time or run.start_time)
        return await last.memo_value(LIMIT_MEMO, None, type_hint=int)

    async def _is_gone(self, ticket: Ticket) -> bool:
        closed = await self._closed_at(ticket)
        if closed is None or self.now() < closed + QUIET:
            return False
        return not await self._is_busy(ticket.label)

    async def _closed_at(self, ticket: Ticket) -> datetime | None:
        """When the holder had certainly closed, or None if it runs or the server has forgotten it."""
        try:
            holder = await self.client.get_workflow_handle(ticket.workflow_id).describe()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return None
        first_run = holder.raw_description.workflow_execution_info.first_run_id
        if ticket.run_id not in (first_run, holder.run_id):
            return holder.start_time
        return None if holder.status is WorkflowExecutionStatus.RUNNING else holder.close_time

    async def _is_busy(self, label: str) -> bool:
        if not label:
            return True
        asked: list[Awaitable[bool]] = [database.busy(label) for database in self.databases.values()]
        asked += [platform.busy(label) for platform in self.platforms.values()]
        return any(await asyncio.gather(*asked))


def _lease_of(holder: WorkflowExecution, server: str, now: datetime) -> Lease | None:
    held = held_by(holder.typed_search_attributes.get(_LEASE) or "", server)
    if held is None or held.ends + GRACE <= now:
        return None
    ticket = Ticket(
        token=held.token,
        workflow_id=holder.id,
        run_id=holder.run_id,
        repository=holder.typed_search_attributes.get(_REPOSITORY) or "",
        label=held.label,
        seconds=(held.ends - now).total_seconds(),
    )
    return Lease(ticket=ticket, granted_at=now, ends=held.ends)
