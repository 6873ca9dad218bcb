"""Leasing: the holder's side of a throttle, used by every workflow that branches or migrates.

The workflow hands the signals `granted` and `queued` to it. A lease must be made visible in the same workflow task
in which `acquire` returned it, by the search attribute that domain.leases.lease_attribute writes: without an
`await` in between. A throttle that is started anew finds its holders by nothing else.
"""

import asyncio
from collections.abc import Coroutine
from datetime import datetime

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.leases import LeaseActivities
    from domain.leases import Grant, LeaseRequest, LeaseReturn, Place, Ticket
    from domain.queueing import TAKE_UP
    from workflows import options
    from workflows.options import do_at_once


class Leasing:
    """Asks for leases and gives them back. `place` is where the workflow stands in the queue, None if in none."""

    def __init__(self, repository: str, label: str) -> None:
        self.repository = repository
        self.label = label
        self.place: Place | None = None
        self._wanted: set[str] = set()
        self._held: set[str] = set()
        self._grants: dict[str, Grant] = {}
        self._returns: set[asyncio.Task[None]] = set()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way; a workflow that ends or continues as new waits for this first."""
        return not (self._wanted or self._held or self._returns)

    def granted(self, grant: Grant) -> None:
        """The throttle gave this lease. One that nobody here comes to want goes back."""
        if grant.token in self._wanted:
            self._grants[grant.token] = grant
        elif grant.token not in self._held:
            self._begin(self._returned_unless_wanted(grant))

    def queued(self, place: Place) -> None:
        """The throttle told the place of a ticket; news of one that waits no longer come too late and are no news."""
        if place.token in self._wanted:
            self.place = place

    async def acquire(self, server: str, *, token: str, seconds: float) -> Grant:
        """A lease of this server for so many seconds. Cancelled, it has given the ticket back.

        A token must not be used again after its lease, or the wish for it, was given back.
        """
        request = LeaseRequest(server=server, ticket=self._ticket(token, seconds))
        self._wanted.add(token)
        try:
            grant = await self._answer(request)
        except (asyncio.CancelledError, ActivityError):
            self._give_back(server, token)
            raise
        finally:
            self._wanted.discard(token)
            self._grants.pop(token, None)
            self.place = None
        self._held.add(token)
        return grant

    async def release(self, grant: Grant) -> None:
        """The lease is given back. If the throttle cannot be reached for a minute, the lease ends by itself."""
        self._held.discard(grant.token)
        await asyncio.shield(self._give_back(grant.server, grant.token))

    async def _answer(self, request: LeaseRequest) -> Grant:
        """A lease that came in time. Later than `take_by` the throttle may be a new one that knows nothing of it."""
        token = request.ticket.token
        while True:
            self._grants.pop(token, None)
            await do_at_once(
                LeaseActivities.request_lease, request, options.LEASE, summary=f"ask {request.server} for a lease"
            )
            try:
                await workflow.wait_condition(
                    lambda: token in self._grants,
                    timeout=options.LEASE_ASK_AGAIN,
                    timeout_summary=f"ask {request.server} again",
                )
            except TimeoutError:
                continue
            grant = self._grants[token]
            if _in_time(grant, workflow.now()):
                return grant

    def _ticket(self, token: str, seconds: float) -> Ticket:
        own = workflow.info()
        return Ticket(
            token=token,
            workflow_id=own.workflow_id,
            run_id=own.first_execution_run_id,
            repository=self.repository,
            label=self.label,
            seconds=seconds,
        )

    async def _returned_unless_wanted(self, grant: Grant) -> None:
        # A worker that died right after asking leaves its answer ahead of the question in the history, which is then
        # asked once more, and answered. Given back meanwhile, the token would be refused for two minutes.
        try:
            await workflow.wait_condition(
                lambda: grant.token in self._wanted | self._held,
                timeout=TAKE_UP,
                timeout_summary="whether anybody here wants this lease",
            )
        except TimeoutError:
            await _return(LeaseReturn(server=grant.server, token=grant.token))

    def _give_back(self, server: str, token: str) -> asyncio.Task[None]:
        # A task of its own, so that the cancellation of whoever asked does not reach it.
        return self._begin(_return(LeaseReturn(server=server, token=token)))

    def _begin(self, call: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(call)
        self._returns.add(task)
        task.add_done_callback(self._returns.discard)
        return task


async def _return(returned: LeaseReturn) -> None:
    try:
        await do_at_once(
            LeaseActivities.release_lease,
            returned,
            options.LEASE_RETURN,
            summary=f"give a lease of {returned.server} back",
        )
    except ActivityError as error:
        if is_cancelled_exception(error):
            raise
        workflow.logger.warning("a lease could not be given back, it ends by itself")


def _in_time(grant: Grant, now: datetime) -> bool:
    return now <= grant.take_by
