"""Waiting for the end of what a person asked of a preview, with its checklist shown as it goes."""

from collections.abc import Callable

from domain.checklists import progress
from domain.messages import Status
from domain.phases import Phase, StepName
from starter.commands.asking import Preview
from starter.following import as_report, follow

End = Callable[[Status, Status], bool | None]
"""From the status before the wish and the present one: whether it came out as wanted, None while it goes on."""

_RESTS = frozenset({Phase.WAITING_FOR_APPROVAL, Phase.STOPPED, Phase.EXPIRED, Phase.CLOSING, Phase.GONE})


async def awaited(preview: Preview, before: Status, end: End, tell: Callable[[str], None]) -> tuple[bool, Status]:
    """Whether it came out as wanted, and the last status; `tell` hears each line of the checklist that is new."""
    last, shown = before, as_report(before)
    async for _, status in follow(preview.client, preview.key, lambda now: end(before, now) is not None):
        # A rollout that is done again has the same lines as the one before it, and they are news nevertheless.
        anew = _began(status) != _began(last)
        for line in progress(None if anew else shown, as_report(status)):
            tell(line)
        last, shown = status, as_report(status)
    return bool(end(before, last)), last


def rolled_out(before: Status, status: Status) -> bool | None:
    """A rollout that began after the wish is ready, or failed; or the preview rests instead."""
    began = _began(status)
    if began is not None and began != _began(before) and status.phase in {Phase.READY, Phase.FAILED}:
        return status.phase is Phase.READY
    return False if status.phase in _RESTS and _has_moved(before, status) else None


def stopped(_before: Status, status: Status) -> bool | None:
    """All is removed, and the preview waits for a push or a start."""
    return {Phase.STOPPED: True, Phase.EXPIRED: False, Phase.GONE: False}.get(status.phase)


def gone(before: Status, status: Status) -> bool | None:
    """All is removed. While its pull request stays open, a preview that a person closed is then a stopped one."""
    if status.phase is Phase.GONE:
        return True
    return True if status.phase is Phase.STOPPED and _has_moved(before, status) else None


def _has_moved(before: Status, status: Status) -> bool:
    return (before.phase_since, before.steps) != (status.phase_since, status.steps)


def _began(status: Status) -> object:
    return next((step.began_at for step in status.steps if step.name is StepName.DEFINITION), None)
