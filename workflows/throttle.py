"""The throttle: holds the leases of one database server, for ever.

What to do is decided in domain/queueing.py and domain/places.py. Here messages change the state, and one loop
acts on it. A throttle may be terminated or cancelled at any time: the next wish starts a new one, which first
waits until every lease that the old one gave can be seen, and takes those over. It must not be reset, because
its history would then give leases in another order than they were given.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.leases import LeaseActivities
    from domain import places, queueing
    from domain.leases import Lease, Place, Queue, Ticket
    from domain.queueing import LIMIT_MEMO, ThrottleInput, ThrottleState
    from workflows import options
    from workflows.options import do

VISIBLE = queueing.TAKE_UP + timedelta(seconds=10) + timedelta(seconds=5)
"""After how long a lease that a lost throttle gave can be seen, if it was taken up at all.

Its holder takes it up within TAKE_UP or not at all, says so when it completes that workflow task, for which it has
ten seconds, and the search attributes of the server lag behind by some more.
"""


@workflow.defn(name="ThrottleWorkflow")
class ThrottleWorkflow:
    """Gives and takes back leases, and tells those who wait where they stand."""

    @workflow.init
    def __init__(self, given: ThrottleInput) -> None:
        self._given = given
        self._state = given.state or ThrottleState(limit=given.limit)
        self._adopting = given.state is None
        self._changed = True
        self._calls: set[asyncio.Task[None]] = set()
        self._alarm: asyncio.Task[None] | None = None
        self._alarm_at: datetime | None = None

    @workflow.run
    async def run(self, given: ThrottleInput) -> None:
        """Never returns; it continues as new with all that it knows."""
        if self._adopting:
            self._begin(self._adopt(given))
        while True:
            self._changed = False
            if self._is_full():
                await self._continue(given)
            self._serve(workflow.now())
            await workflow.wait_condition(lambda: self._changed)

    @workflow.signal
    def acquire(self, ticket: Ticket) -> None:
        """The ticket waits for a lease. If it holds one already, its holder is told of it again."""
        now = workflow.now()
        self._state = queueing.request(self._state, ticket, now)
        self._changed = True
        if lease := queueing.lease_of(self._state, ticket.token):
            self._begin(self._offer(lease, first=False))

    @workflow.signal
    def release(self, token: str) -> None:
        """The token neither holds a lease nor waits for one."""
        self._state = queueing.release(self._state, token, workflow.now())
        self._changed = True

    @workflow.signal
    def resize(self, limit: int) -> None:
        """At most so many leases are given at once from now on; 0 gives none. Those that are held stay held."""
        self._state = queueing.resize(self._state, limit)
        self._changed = True
        workflow.upsert_memo({LIMIT_MEMO: self._state.limit})

    @workflow.query
    def queue(self) -> Queue:
        """Who holds a lease and who waits, in the order in which they will be served."""
        return places.queue_of(self._state, self._given.server, adopting=self._adopting)

    def _serve(self, now: datetime) -> None:
        """Everything that is due now has been begun, and an alarm is set for what is due next."""
        self._state = queueing.expire(self._state, now)
        if not self._adopting:
            self._grant(now)
            self._look(now)
        self._tell(now)
        self._arm(places.next_deadline(self._state, now), now)
        held, waiting = len(self._state.held), len(self._state.queue)
        workflow.set_current_details(f"{held} of {self._state.limit} leases are held, {waiting} wait")

    def _grant(self, now: datetime) -> None:
        for ticket in queueing.grantable(self._state):
            self._state = queueing.grant(self._state, ticket, now)
            self._begin(self._offer(self._state.held[-1], first=True))

    def _look(self, now: datetime) -> None:
        suspects = queueing.suspects(self._state, now)
        if suspects:
            self._state = replace(self._state, looked_at=now)
            self._begin(self._return_what_is_gone(suspects))

    def _tell(self, now: datetime) -> None:
        tickets = {waiting.ticket.token: waiting.ticket for waiting in self._state.queue}
        news = places.untold(self._state, now)
        self._state = places.told(self._state, news, now)
        for place in news:
            self._begin(self._inform(tickets[place.token], place))

    async def _adopt(self, given: ThrottleInput) -> None:
        if not given.first:
            await workflow.sleep(VISIBLE, summary="until leases given before can be seen")
        found = await do(LeaseActivities.find_holders, given.server, options.ADOPT, summary="find leases given before")
        self._state = queueing.adopt(self._state, found.held)
        if found.limit is not None and LIMIT_MEMO not in workflow.memo():
            self.resize(found.limit)
        self._adopting = False

    async def _offer(self, lease: Lease, *, first: bool) -> None:
        """The holder knows of its lease. The place is free again if the holder closed without hearing of it."""
        grant = queueing.offer(lease, self._given.server, workflow.now())
        try:
            await workflow.get_external_workflow_handle(lease.ticket.workflow_id).signal("granted", grant)
        except ApplicationError:
            # A holder that was told before may have taken the lease up, and what it began may outlive it.
            if first:
                self._state = queueing.withdrawn(self._state, lease.ticket.token)

    async def _inform(self, ticket: Ticket, place: Place) -> None:
        try:
            await workflow.get_external_workflow_handle(ticket.workflow_id).signal("queued", place)
        except ApplicationError:
            # The holder closed; if it holds a lease by now, the offer of that lease fails too and returns it.
            if queueing.lease_of(self._state, ticket.token) is None:
                self._state = queueing.withdrawn(self._state, ticket.token)

    async def _return_what_is_gone(self, suspects: tuple[Lease, ...]) -> None:
        try:
            gone = await do(
                LeaseActivities.holders_gone, suspects, options.HOLDERS, summary="look whether holders are gone"
            )
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            workflow.logger.warning("holders could not be looked at, their leases end by themselves")
            return
        for token in gone:
            self._state = queueing.withdrawn(self._state, token)

    def _begin(self, call: Coroutine[None, None, None]) -> None:
        """The call runs beside the loop, which wakes up at its end."""
        task = asyncio.create_task(call)
        self._calls.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._calls.discard(task)
        self._changed = True

    def _arm(self, deadline: datetime | None, now: datetime) -> None:
        """The loop wakes up at the deadline. An alarm that is set for earlier stays, as moving it costs events."""
        if deadline is None or (self._alarm_at is not None and self._alarm_at <= deadline):
            return
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm_at = deadline
        self._alarm = asyncio.create_task(self._ring(deadline - now))

    async def _ring(self, pause: timedelta) -> None:
        await workflow.sleep(pause, summary="look at the queue again")
        self._alarm = self._alarm_at = None
        self._changed = True

    def _is_full(self) -> bool:
        most = self._given.continue_after_events
        information = workflow.info()
        length = information.get_current_history_length()
        return information.is_continue_as_new_suggested() or bool(most and length > most)

    async def _continue(self, given: ThrottleInput) -> None:
        """A new run goes on with this state, once no call is under way whose answer it would miss."""
        await workflow.wait_condition(lambda: not self._calls)
        workflow.continue_as_new(replace(given, state=self._state))
