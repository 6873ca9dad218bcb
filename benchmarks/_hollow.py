"""The hollow workflow: as many events and leases as the life of a preview, and nothing behind any of them.

It schedules activities that do nothing, in the order and side by side as `PreviewWorkflow` does, carries no state,
makes no request and writes constants where a preview writes what is true. What a preview needs beyond that is work
of ours.
"""

import asyncio
from collections import defaultdict
from datetime import timedelta

from temporalio import activity, workflow

with workflow.unsafe.imports_passed_through():
    from activities import attributes
    from domain.leases import Grant, Place
    from domain.policies import Policy
    from workflows.leased import Leased
    from workflows.leasing import Leasing
    from workflows.showing import show
    from workflows.together import both, each

LONG = timedelta(minutes=5)


class Nothing:
    """The activity that does nothing. `ready` has an event for each workflow, set when it is as far as ready."""

    def __init__(self) -> None:
        self.ready: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)

    @activity.defn(name="nothing")
    async def nothing(self) -> None:
        """Nothing has been done."""

    @activity.defn(name="say_ready")
    async def say_ready(self) -> None:
        """Whoever waits for the workflow that calls this knows that it is ready."""
        self.ready[activity.info().workflow_id or ""].set()


@workflow.defn(name="HollowWorkflow")
class HollowWorkflow:
    """The shape of a preview's life: opened, rolled out, closed, torn down."""

    @workflow.init
    def __init__(self, policy: Policy) -> None:
        """Nothing is held yet."""
        self._leasing = Leasing(policy.label, policy.label)
        self._leased = Leased(self._leasing, policy, self._show_lease)
        self._shown = 0
        self._is_ready = self._is_closed = self._is_gone = False

    @workflow.signal
    def push(self) -> None:
        """It begins."""

    @workflow.signal
    def close(self) -> None:
        """It may end."""
        self._is_closed = True

    @workflow.signal
    def granted(self, grant: Grant) -> None:
        """The throttle gave a lease."""
        self._leasing.granted(grant)

    @workflow.signal
    def queued(self, place: Place) -> None:
        """The throttle says where in the queue this stands."""
        self._leasing.queued(place)

    @workflow.run
    async def run(self, policy: Policy) -> None:
        """It was brought up and taken down, with nothing in between."""
        await self._bring_up()
        await workflow.wait_condition(lambda: self._is_closed, timeout=LONG)
        await self._take_down()
        await workflow.wait_condition(lambda: self._leasing.is_idle)
        workflow.logger.debug("hollow life ended", extra={"label": policy.label})

    async def _bring_up(self) -> None:
        self._show()
        await _nothing()  # begin
        await _nothing()  # look
        self._show()
        self._reporting = asyncio.create_task(self._report())
        await _nothing()  # plan
        self._show()
        images = each([_nothing(), _nothing()])
        await both(images, self._leased.during("branch", self._under_lease))
        await self._leased.during("migrate", self._under_lease)
        self._show()
        await _nothing()  # deploy
        await _nothing()  # settle
        self._show()
        await each([_nothing(), _nothing()])  # probe
        self._show(memo=True)
        self._is_ready = True

    async def _take_down(self) -> None:
        self._show()
        for _ in range(3):
            await _nothing()  # remove
        self._show(memo=True)
        self._is_gone = True
        await each([_nothing(), _nothing()])  # look, and the last report
        await self._reporting

    async def _report(self) -> None:
        await _nothing()
        await workflow.wait_condition(lambda: self._is_ready, timeout=LONG)
        await _nothing("say_ready")
        await workflow.wait_condition(lambda: self._is_gone, timeout=LONG)

    async def _under_lease(self, _grant: Grant) -> None:
        self._show()
        await _nothing()

    def _show(self, *, memo: bool = False) -> None:
        self._shown += 1
        show({attributes.PHASE.name: str(self._shown), attributes.PHASE_SINCE.name: workflow.now()})
        if memo:
            workflow.upsert_memo({"url": str(self._shown)})

    def _show_lease(self, lease: str | None) -> None:
        if lease:
            show({attributes.LEASE.name: lease})


async def _nothing(name: str = "nothing") -> None:
    await workflow.execute_activity(name, start_to_close_timeout=LONG)
