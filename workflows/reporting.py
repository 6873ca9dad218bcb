"""Keeping the pull request's report true without a write for every change: changes close together make one."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.forges import ForgeActivities
    from domain.costs import UNUSED
    from domain.phases import Phase
    from domain.reports import Report
    from workflows import options
    from workflows.cancelling import is_thrown_away, refuse_cancelled
    from workflows.options import do
    from workflows.recording import Record

PAUSE = timedelta(seconds=5)
"""The least time between the beginnings of two reports of one pull request, unless the rollout has ended."""


class Reporter:
    """Shows the record's report whenever it has changed, at most once in PAUSE; the last state always arrives."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._shown: Report | None = None
        self._running: asyncio.Task[None] | None = None

    def start(self) -> None:
        """From now on reports are shown, until `stop` or `finish`."""
        self._running = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """No report is under way any more, so that none can arrive after one of later."""
        if self._running:
            self._running.cancel()
            await workflow.wait([self._running])

    async def finish(self) -> None:
        """The newest report has been shown, or the forge did not take it in the time that it is given."""
        await self.stop()
        if self._outdated():
            await self._show(options.LAST_REPORT)

    async def _run(self) -> None:
        while True:
            await workflow.wait_condition(self._outdated)
            refuse_cancelled()
            await self._show_and_rest()

    def _outdated(self) -> bool:
        known = self._record.state.policy is not None and self._record.state.pull is not None
        return known and self._shown != self._timeless()

    def _timeless(self) -> Report:
        """The report without what changes by itself, so that equal ones are told from new ones."""
        report = self._record.report()
        steps = tuple(replace(step, note="") for step in report.steps)
        # What is requested changes together with a step or a phase, which is reason enough.
        return replace(report, at=workflow.info().start_time, steps=steps, meter=UNUSED)

    async def _show_and_rest(self) -> None:
        """The report has been shown, or given up because it took long and there is a newer one; and PAUSE is over."""
        reporting = self._timeless()
        showing = asyncio.create_task(self._show(options.REPORT))
        # A timer and never the clock: after a worker was lost and the workflow was asked something, the clock of the
        # next one can differ from that of every later replay (temporalio/sdk-rust issue 1606 is near).
        resting = asyncio.create_task(workflow.sleep(PAUSE, summary="between two reports"))
        try:
            await workflow.wait_condition(
                lambda: showing.done() or (resting.done() and self._timeless() != reporting),
            )
            await _ended(showing)
            await workflow.wait_condition(lambda: resting.done() or self._urgent())
        finally:
            if not is_thrown_away():
                await _ended(showing)
                await _ended(resting)

    async def _show(self, limits: options.Options) -> None:
        shown = self._timeless()
        summary = f"report {shown.phase.value}"
        try:
            await do(ForgeActivities.report, self._record.report(), limits, summary=summary)
        except ActivityError as error:
            workflow.logger.warning("report not shown", extra={"key": str(shown.key), "cause": str(error.cause)})
        self._shown = shown

    def _urgent(self) -> bool:
        """Whether the preview has come to an end or a rest that people do not know of yet."""
        phase = self._record.state.phase
        return phase in _LASTING and (self._shown is None or self._shown.phase is not phase)


async def _ended(showing: asyncio.Task[None]) -> None:
    """It is over, cancelled if it was not; what went wrong other than that is raised."""
    if not showing.done():
        showing.cancel()
        await workflow.wait([showing])
    if not showing.cancelled():
        showing.result()


_LASTING = frozenset({Phase.READY, Phase.FAILED, Phase.STOPPED, Phase.EXPIRED, Phase.GONE, Phase.WAITING_FOR_APPROVAL})
