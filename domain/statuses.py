"""The status and the report: what people are told of a preview that is in some state."""

from datetime import datetime

from domain.costs import UNPRICED
from domain.flagging import flags_of
from domain.leases import Place
from domain.messages import Status
from domain.phases import Phase
from domain.reports import Report
from domain.states import PreviewState


def status_of(state: PreviewState, place: Place | None, note: str = "") -> Status:
    """All that a person wants to know of a preview in this state; the note stands where it has no detail."""
    policy, pull, live = state.policy, state.pull, state.live
    return Status(
        key=state.key,
        phase=state.phase,
        phase_since=state.phase_since,
        reason=state.reason,
        detail=state.detail or note,
        intent=state.intent,
        commit=state.rolling.commit if state.rolling else state.tried,
        live_commit=live.revision.commit if live else "",
        urls=live.plan.urls if live else (),
        steps=state.steps,
        ledger=state.ledger,
        receipt=state.receipt,
        place=place,
        expires=None if state.pinned else state.expires,
        pinned=state.pinned,
        title=pull.title if pull else "",
        author=pull.author if pull else "",
        pull_url=pull.url if pull else "",
        label=policy.label if policy else "",
        platform=policy.platform if policy else "",
        database=policy.database if policy else "",
        database_name=state.database.name if state.database else "",
        generation=state.database.generation if state.database else 0,
        flags=flags_of(state),
        meter=state.meter,
        prices=policy.prices if policy else UNPRICED,
    )


def report_of(state: PreviewState, now: datetime, note: str = "") -> Report:
    """What the pull request should show now. URLs stand in it only while a live revision answers."""
    live = state.live
    return Report(
        key=state.key,
        forge=state.policy.forge if state.policy else "",
        at=now,
        phase=state.phase,
        reason=state.reason,
        detail=state.detail or note,
        commit=state.rolling.commit if state.rolling else state.tried,
        live_commit=live.revision.commit if live else "",
        steps=state.steps,
        urls=live.plan.urls if live else (),
        database=state.database.name if state.database else "",
        expires=state.expires,
        pinned=state.pinned,
        receipt=state.receipt,
        flags=tuple(flag for flag in flags_of(state) if flag.override is not None),
        remaining=state.ledger if state.phase is Phase.CLOSING else (),
        meter=state.meter,
        prices=state.policy.prices if state.policy else UNPRICED,
    )
