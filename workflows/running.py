"""Running: the one rollout or repair of a preview that may be under way, and its end, which the record tells."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.failures import message_of, reason_of
    from domain import lifecycle, rollouts
    from domain.phases import Phase, Reason
    from workflows.leasing import Leasing
    from workflows.migrating import Migrating
    from workflows.recording import Record
    from workflows.rollout import Rollout


class Running:
    """Starts rollouts and repairs beside the workflow's loop, one at a time, and ends them."""

    def __init__(self, record: Record, leasing: Leasing) -> None:
        self._record = record
        self._leasing = leasing
        self._task: asyncio.Task[None] | None = None

    def roll(self, step: lifecycle.Roll) -> None:
        """The rollout of this revision has begun."""
        rollout = self._rollout_of(step)
        self._record.change(rollouts.rollout_begun(self._record.state, step.revision, workflow.now()))
        self._task = asyncio.create_task(self._to_its_end(rollout.bring_up(step.revision), self._ready))

    def repair(self, step: lifecycle.Repair) -> None:
        """The deployment of what is live already has begun."""
        rollout = self._rollout_of(step)
        self._record.change(rollouts.repair_begun(self._record.state, step.live, workflow.now()))
        self._task = asyncio.create_task(self._to_its_end(rollout.deploy(step.live), self._repaired))

    async def end(self) -> None:
        """Nothing of the rollout runs any more, and the record says so."""
        if self._task and not self._task.done():
            self._task.cancel()
            await workflow.wait([self._task])
        self._task = None
        if self._record.state.rolling:
            self._cancelled()

    @property
    def broke(self) -> bool:
        """Whether a mistake of our own ended the rollout, rather than anything that a rollout can fail of."""
        task = self._task
        return task is not None and task.done() and not task.cancelled() and task.exception() is not None

    def raise_mistake(self) -> None:
        """A mistake in our own code blocks the workflow where operators see it, and does not leave it silent."""
        if self._task and self.broke:
            self._task.result()

    def _rollout_of(self, step: lifecycle.Roll | lifecycle.Repair) -> Rollout:
        migrating = Migrating(self._record, step.policy, self._leasing)
        return Rollout(self._record, step.policy, step.pull, migrating)

    async def _to_its_end(self, rollout: Coroutine[Any, Any, None], good_end: Callable[[], None]) -> None:
        """The rollout's end, good or bad, is in the record; nothing of it is thrown away or thrown on."""
        try:
            await rollout
        except asyncio.CancelledError:
            self._cancelled()
        except (ActivityError, ApplicationError) as error:
            self._ended(Phase.FAILED, reason_of(error), message_of(error))
        else:
            good_end()

    def _ready(self) -> None:
        self._ended(Phase.READY, Reason.NONE, "")

    def _repaired(self) -> None:
        self._record.change(rollouts.repaired(self._record.state, workflow.now()))

    def _ended(self, phase: Phase, reason: Reason, detail: str) -> None:
        self._record.queued(None)
        self._record.change(rollouts.rollout_ended(self._record.state, phase, reason, detail, workflow.now()))

    def _cancelled(self) -> None:
        # The coroutines of an evicted workflow are cancelled too, and may then not call Temporal.
        if workflow.in_workflow():
            self._record.queued(None)
            self._record.change(rollouts.rollout_cancelled(self._record.state, workflow.now()))
