"""Keeping the pull request's report true without a write for every change: changes close together make one."""

import contextlib
from dataclasses import replace
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.forges import ForgeActivities
    from domain.phases import Phase
    from domain.reports import Report
    from workflows import options
    from workflows.options import do
    from workflows.recording import Record

PAUSE = timedelta(seconds=5)
"""The least time between two reports of one pull request, unless the rollout has ended (docs/architecture.md)."""


class Reporter:
    """Shows the record's report whenever it has changed, at most once in PAUSE; the last state always arrives."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._shown: Report | None = None
        self._shown_at: datetime | None = None

    async def run(self) -> None:
        """Report for ever; the workflow cancels this when it ends."""
        while True:
            await workflow.wait_condition(self._outdated)
            await self._pause()
            await self._show()

    async def flush(self) -> None:
        """The newest report has been shown, or the forge did not take it in the time that it is given."""
        if self._outdated():
            await self._show()

    def _outdated(self) -> bool:
        known = self._record.state.policy is not None and self._record.state.pull is not None
        return known and self._shown != self._timeless()

    def _timeless(self) -> Report:
        """The report without what changes by itself, so that equal ones are told from new ones."""
        report = self._record.report()
        return replace(report, at=workflow.info().start_time, steps=tuple(replace(s, note="") for s in report.steps))

    async def _show(self) -> None:
        shown = self._timeless()
        try:
            await do(
                ForgeActivities.report, self._record.report(), options.REPORT, summary=f"report {shown.phase.value}"
            )
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            workflow.logger.warning("report not shown", extra={"key": str(shown.key), "cause": str(error.cause)})
        self._shown, self._shown_at = shown, workflow.now()

    async def _pause(self) -> None:
        """PAUSE has passed since the last report, or the rollout has ended, which is told at once."""
        left = PAUSE - (workflow.now() - self._shown_at) if self._shown_at else timedelta(0)
        if left > timedelta(0) and not self._urgent():
            # A condition that comes too late is the usual case: the report is due then.
            with contextlib.suppress(TimeoutError):
                await workflow.wait_condition(self._urgent, timeout=left, timeout_summary="between two reports")

    def _urgent(self) -> bool:
        return self._outdated() and self._record.state.phase in _LASTING


_LASTING = frozenset({Phase.READY, Phase.FAILED, Phase.STOPPED, Phase.EXPIRED, Phase.GONE, Phase.WAITING_FOR_APPROVAL})
