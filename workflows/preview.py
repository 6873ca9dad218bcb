"""The workflow that owns a pull request's preview, from its first event to its verified teardown.

Handlers only change the record; the loop in `run` asks the lifecycle what to do next and does it. Nobody else
touches the preview's resources, and this one writer is what makes races impossible.
"""

import asyncio
from dataclasses import replace
from datetime import datetime

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from typing import assert_never

    from activities.failures import message_of, reason_of
    from activities.forges import ForgeActivities
    from activities.planning import PlanningActivities
    from domain import events, lifecycle, states
    from domain.messages import PreviewInput
    from domain.phases import Intent, Phase, Reason
    from domain.requests import Seen
    from domain.states import PreviewState
    from workflows import options
    from workflows.flagging import set_flags
    from workflows.handling import Handlers
    from workflows.leasing import Leasing
    from workflows.options import do
    from workflows.recording import Record
    from workflows.reporting import Reporter
    from workflows.running import Running
    from workflows.teardown import tear_down


@workflow.defn(name="PreviewWorkflow")
class PreviewWorkflow(Handlers):
    """One pull request's preview."""

    @workflow.init
    def __init__(self, given: PreviewInput) -> None:
        """Take up the state of the run before, or begin with nothing known."""
        state = given.state or PreviewState(key=given.key)
        label = state.policy.label if state.policy else str(given.key)
        super().__init__(Record(state), Leasing(given.key.repository, label))
        self._reporter = Reporter(self._record)
        self._running = Running(self._record, self._leasing)

    @workflow.run
    async def run(self, given: PreviewInput) -> list[str]:
        """What teardown verified gone, by name, once the pull request is closed and nothing is left."""
        workflow.logger.info("preview owned", extra={"key": str(given.key)})
        while not self._is_over():
            self._reporter.start()
            while not isinstance(step := lifecycle.next_step(self._record.state, workflow.now()), lifecycle.Finish):
                await self._carry_out_or_close(step)
            # Whoever reopens the pull request while it is told of its end has to be heard, too.
            await self._reporter.finish()
            await workflow.wait_condition(self._is_quiet)
        return [str(entry) for entry in self._record.state.receipt]

    def _is_over(self) -> bool:
        return isinstance(lifecycle.next_step(self._record.state, workflow.now()), lifecycle.Finish)

    async def _carry_out_or_close(self, step: lifecycle.NextStep) -> None:
        """The step has been taken; or the workflow was cancelled, which is a person's way to say close."""
        try:
            await self._carry_out(step)
            if self._record.state.rolling is None:
                # Whatever this step met has passed, and nothing else is under way that could have met it.
                self._record.troubled("")
        except asyncio.CancelledError:
            task = asyncio.current_task()
            # The coroutines of an evicted workflow are cancelled too, and may then do nothing more.
            if task is None or not workflow.in_workflow():
                raise
            task.uncancel()
            self._record.change(events.closed(self._record.state, "whoever cancelled the workflow"))

    async def _carry_out(self, step: lifecycle.NextStep) -> None:  # noqa: C901, PLR0912 - one case for each step there is
        """The step has been taken, and the state says so."""
        state, now = self._record.state, workflow.now()
        match step:
            case lifecycle.Begin():
                await self._begin()
            case lifecycle.Look():
                await self._look()
            case lifecycle.Roll():
                self._running.roll(step)
            case lifecycle.Repair():
                self._running.repair(step)
            case lifecycle.CancelRollout():
                await self._running.end()
            case lifecycle.Teardown():
                await self._tear_down(step)
            case lifecycle.Rest():
                rested = states.in_phase(state, step.phase, now, detail=step.detail)
                self._record.change(replace(rested, reason=step.reason))
            case lifecycle.Warn():
                self._record.change(events.warned(state))
            case lifecycle.Expire():
                self._record.change(events.expired(state))
            case lifecycle.SetFlags():
                await set_flags(self._record, step)
            case lifecycle.Wait():
                await self._wait(step.until)
            case lifecycle.Finish():
                return
            case _:
                assert_never(step)

    async def _tear_down(self, step: lifecycle.Teardown) -> None:
        """Nothing is left, or a new run goes on with the teardown because it has been blocked for so long."""
        await tear_down(self._record, step.policy, step.phase, self._must_continue)
        if self._record.state.ledger:
            await self._continue_as_new()

    async def _begin(self) -> None:
        """The policy is known and what is there is in the ledger; if not, why not is shown, and a pause has passed.

        Only a repository that no forge serves ends the workflow: there is nobody to tell, and nothing of it here.
        """
        key = self._record.state.key
        try:
            beginning = await do(PlanningActivities.begin, key, options.BEGIN, summary="adopt what is there")
        except ActivityError as error:
            if reason_of(error) is Reason.NOT_SERVED:
                raise
            failed = states.in_phase(self._record.state, Phase.FAILED, workflow.now(), detail=message_of(error))
            self._record.change(replace(failed, reason=reason_of(error)))
            await self._wait(workflow.now() + options.BEGIN_PAUSE)
            return
        state = replace(self._record.state, policy=beginning.policy, generation=beginning.generation)
        self._leasing.label = beginning.policy.label
        self._record.change(states.entered(state, beginning.adopted))

    async def _look(self) -> None:
        """The forge has been asked, unless a close came first, which needs no forge."""
        self._record.change(replace(self._record.state, look_wanted=False))
        asking = asyncio.create_task(
            do(ForgeActivities.look, self._record.state.key, options.LOOK, summary="ask the forge")
        )
        await workflow.wait_condition(lambda: asking.done() or self._close_is_due())
        if not asking.done():
            asking.cancel()
            await workflow.wait([asking])
        self._record.change(self._looked(asking))
        self._leasing.label = self._record.state.policy.label if self._record.state.policy else self._leasing.label

    def _close_is_due(self) -> bool:
        state = self._record.state
        return state.intent is Intent.CLOSED and state.phase is not Phase.GONE

    def _looked(self, asking: asyncio.Task[Seen]) -> PreviewState:
        try:
            seen = asking.result()
            return events.looked(events.governed(self._record.state, seen.policy), seen.pull, workflow.now())
        except asyncio.CancelledError:
            return replace(self._record.state, look_wanted=True)
        except ActivityError as error:
            return events.forge_knows_none(self._record.state, reason_of(error), message_of(error))

    async def _wait(self, until: datetime | None) -> None:
        """Something has changed, the instant has come, or the history is long enough to begin a new one."""
        if self._must_continue():
            await self._continue_as_new()
        seen = self._record.version
        timeout = until - workflow.now() if until else None
        try:
            await workflow.wait_condition(
                lambda: self._record.version != seen or self._must_continue() or self._running.broke,
                timeout=timeout,
                timeout_summary="until the lifetime ends, or its warning",
            )
        except TimeoutError:
            return
        self._running.raise_mistake()

    def _is_quiet(self) -> bool:
        return workflow.all_handlers_finished() and self._leasing.is_idle

    def _must_continue(self) -> bool:
        return workflow.info().is_continue_as_new_suggested() and not self._record.state.rolling

    async def _continue_as_new(self) -> None:
        """A new run goes on with this state and reports it anew, unless there is something to do first."""
        await self._reporter.stop()
        await workflow.wait_condition(self._is_quiet)
        state = self._record.state
        if isinstance(lifecycle.next_step(state, workflow.now()), lifecycle.Wait | lifecycle.Teardown):
            workflow.continue_as_new(PreviewInput(key=state.key, state=state))
        self._reporter.start()
