"""The state of a preview and what events make of it, as pure functions: `(state, event, now) -> state`.

`domain.lifecycle.next_step` says what to do in a state; these say what state follows from what was done or heard.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.names import Key
from domain.phases import Intent, Phase, Reason, StepName, StepState
from domain.policies import Policy
from domain.pulls import Blob, PullRequest, Revision, continues
from domain.reports import Report, Step
from domain.requests import Plan
from domain.resources import DatabaseRef, Entry, Image

DELIVERIES_KEPT = 100
"""Delivery ids remembered; GitHub redelivers by hand only, so the last hundred of one pull request are plenty."""


@dataclass(frozen=True, kw_only=True)
class Live:
    """The revision that answers now, with all that is needed to deploy it again without asking anybody."""

    revision: Revision
    plan: Plan
    images: tuple[Image, ...]


@dataclass(frozen=True, kw_only=True)
class PreviewState:
    """All that a preview's workflow knows; it is what continue-as-new carries on.

    `tried` is the commit of the last rollout that began. `applied` are the migrations that the database of this
    `generation` has; `clean` is false from the moment when a migration begins until it has ended well. `ledger` is
    what was made and is not verified gone; `receipt` what the last teardown verified gone. `rolling` is the
    revision of the rollout that runs now.
    """

    key: Key
    intent: Intent = Intent.UP
    closed_by: str = ""
    policy: Policy | None = None
    pull: PullRequest | None = None
    look_wanted: bool = True
    roll_wanted: bool = False
    reset_wanted: bool = False
    rolling: Revision | None = None
    tried: str = ""
    live: Live | None = None
    phase: Phase = Phase.QUEUED
    phase_since: datetime | None = None
    reason: Reason = Reason.NONE
    detail: str = ""
    steps: tuple[Step, ...] = ()
    database: DatabaseRef | None = None
    generation: int = 0
    applied: tuple[Blob, ...] = ()
    clean: bool = True
    ledger: tuple[Entry, ...] = ()
    receipt: tuple[Entry, ...] = ()
    expires: datetime | None = None
    pinned: bool = False
    warned: bool = False
    leases: int = 0
    deliveries: tuple[str, ...] = ()


def needs_branch(state: PreviewState, plan: Plan) -> bool:
    """Whether this plan needs a new copy of the seed rather than the database that is there."""
    return state.database is None or not state.clean or not continues(state.applied, plan.migrations)


def rollout_begun(state: PreviewState, revision: Revision, now: datetime) -> PreviewState:
    """The state as a rollout of this revision begins, with a checklist of which nothing is done."""
    return replace(
        state,
        rolling=revision,
        tried=revision.commit,
        roll_wanted=False,
        reset_wanted=False,
        steps=tuple(Step(name=name) for name in StepName),
        receipt=(),
        clean=state.clean and not state.reset_wanted,
        phase=Phase.QUEUED,
        phase_since=now,
        reason=Reason.NONE,
        detail="",
    )


def rollout_ended(state: PreviewState, phase: Phase, reason: Reason, detail: str, now: datetime) -> PreviewState:
    """The state after a rollout; what of its checklist was under way has failed, or was cancelled with it."""
    broken = StepState.FAILED if phase is Phase.FAILED else StepState.CANCELLED
    steps = tuple(
        _moved(step, broken, now, step.note) if step.state is StepState.RUNNING else step for step in state.steps
    )
    return replace(state, rolling=None, steps=steps, phase=phase, phase_since=now, reason=reason, detail=detail)


def in_phase(state: PreviewState, phase: Phase, now: datetime, *, detail: str = "") -> PreviewState:
    """The state in this phase, which began now unless it was in it already."""
    since = state.phase_since if state.phase is phase else now
    return replace(state, phase=phase, phase_since=since, reason=Reason.NONE, detail=detail)


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
        remaining=state.ledger if state.phase is Phase.CLOSING else (),
    )


def is_repeat(state: PreviewState, delivery: str) -> bool:
    """Whether a delivery with this id was seen before; an empty id never was."""
    return bool(delivery) and delivery in state.deliveries


def remembered(state: PreviewState, delivery: str) -> PreviewState:
    """The state that knows this delivery id; only the last DELIVERIES_KEPT are kept."""
    if not delivery:
        return state
    return replace(state, deliveries=(*state.deliveries, delivery)[-DELIVERIES_KEPT:])


def looked(state: PreviewState, pull: PullRequest, now: datetime) -> PreviewState:
    """The state after the forge has said what the pull request is now.

    A closed pull request ends the preview. A new head brings a stopped or expired one back and starts its
    lifetime anew. A preview that the forge's own `closed` event tore down comes back if the forge now says
    open; one that a person closed stays down.
    """
    known = replace(state, pull=pull)
    if not pull.is_open:
        return replace(known, intent=Intent.CLOSED)
    if state.intent is Intent.CLOSED:
        down = Intent.STOPPED if state.closed_by else Intent.UP
        return _alive(replace(known, intent=down, closed_by="", tried=pull.head.commit if state.closed_by else ""), now)
    if pull.head.commit != state.tried and (state.pull is None or pull.head.commit != state.pull.head.commit):
        return _alive(replace(known, intent=Intent.UP), now)
    return known


def forge_knows_none(state: PreviewState, detail: str) -> PreviewState:
    """The state after the forge said that it knows no such pull request, which is no evidence that it closed."""
    if state.intent is Intent.CLOSED:
        return state
    return replace(state, reason=Reason.FORGE_REFUSED, detail=detail)


def started(state: PreviewState, now: datetime) -> PreviewState:
    """The state after somebody asked for a stopped or expired preview to come up again."""
    return _alive(replace(state, intent=Intent.UP, roll_wanted=True, look_wanted=True), now)


def stopped(state: PreviewState, detail: str) -> PreviewState:
    """The state after somebody asked for teardown while the pull request stays open."""
    return replace(state, intent=Intent.STOPPED, roll_wanted=False, reset_wanted=False, detail=detail)


def expired(state: PreviewState) -> PreviewState:
    """The state after the lifetime has ended."""
    return replace(state, intent=Intent.EXPIRED, detail="its lifetime is over; push, or start it, to bring it back")


def warned(state: PreviewState) -> PreviewState:
    """The state after the pull request was told that the lifetime ends soon."""
    until = f"{state.expires:%Y-%m-%d %H:%M} UTC" if state.expires else "soon"
    return replace(state, warned=True, detail=f"its lifetime ends {until}; push, extend or pin it to keep it")


def unanswered(state: PreviewState, detail: str) -> PreviewState:
    """The state after the sweep saw that a ready preview does not answer: it is rolled out again."""
    return replace(state, roll_wanted=True, look_wanted=True, detail=detail) if state.phase is Phase.READY else state


def redeployed(state: PreviewState, *, reset: bool = False) -> PreviewState:
    """The state after somebody asked for the rollout to be done again, with fresh data if `reset`."""
    return replace(state, roll_wanted=True, reset_wanted=reset or state.reset_wanted, look_wanted=True)


def unpinned(state: PreviewState, now: datetime) -> PreviewState:
    """The state with an end of life again: the one it had, or a whole lifetime from now if that has passed."""
    loose = replace(state, pinned=False)
    return loose if state.expires and state.expires > now else _alive(loose, now)


def has_failed(state: PreviewState) -> bool:
    """Whether the last rollout failed, so that trying again makes sense."""
    return state.phase is Phase.FAILED


IMAGE_REASONS = frozenset({Reason.IMAGE_MISSING, Reason.TIMED_OUT})
"""Reasons that an image which is pushed late can cure."""


def closed(state: PreviewState, by: str) -> PreviewState:
    """The state after the forge (`by` is empty) or a person said that the preview should end."""
    return replace(state, intent=Intent.CLOSED, closed_by=by, look_wanted=True, roll_wanted=False, reset_wanted=False)


def extended(state: PreviewState, seconds: float, now: datetime) -> PreviewState:
    """The state with a later end of life: so many seconds after the present end, or after now if that is past."""
    start = max(state.expires or now, now)
    return replace(state, expires=start + timedelta(seconds=seconds), warned=False)


def torn_down(state: PreviewState) -> PreviewState:
    """The state after everything in the ledger was verified gone: no data, nothing live."""
    return replace(
        state,
        ledger=(),
        live=None,
        database=None,
        applied=(),
        steps=(),
        rolling=None,
        roll_wanted=state.intent is Intent.UP,
        look_wanted=True,
    )


def entered(state: PreviewState, entries: tuple[Entry, ...]) -> PreviewState:
    """The state whose ledger has these entries too, each once, in the order in which they were first made."""
    return replace(state, ledger=tuple(dict.fromkeys((*state.ledger, *entries))))


def struck_off(state: PreviewState, gone: tuple[Entry, ...]) -> PreviewState:
    """The state whose ledger no longer has these entries, and whose receipt does."""
    return replace(
        state,
        ledger=tuple(entry for entry in state.ledger if entry not in gone),
        receipt=tuple(dict.fromkeys((*state.receipt, *gone))),
    )


def with_step(
    state: PreviewState, name: StepName, step_state: StepState, now: datetime, note: str = ""
) -> PreviewState:
    """The state whose checklist shows this step so, in the phase of the earliest step that is not finished."""
    steps = tuple(_moved(step, step_state, now, note) if step.name is name else step for step in state.steps)
    unfinished = next((step.name for step in steps if step.state not in (StepState.DONE, StepState.SKIPPED)), None)
    moved = replace(state, steps=steps)
    return in_phase(moved, _PHASES[unfinished], now) if unfinished else moved


_PHASES = {
    StepName.DEFINITION: Phase.QUEUED,
    StepName.IMAGE: Phase.BUILDING,
    StepName.DATABASE: Phase.BRANCHING,
    StepName.MIGRATION: Phase.MIGRATING,
    StepName.DEPLOY: Phase.DEPLOYING,
    StepName.URL: Phase.PROBING,
}


def _moved(step: Step, state: StepState, now: datetime, note: str) -> Step:
    if state is StepState.RUNNING:
        return replace(step, state=state, began_at=step.began_at or now, note=note)
    if state is StepState.WAITING:
        return replace(step, state=state, note=note)
    return replace(step, state=state, began_at=step.began_at or now, ended_at=now, note=note)


def _alive(state: PreviewState, now: datetime) -> PreviewState:
    lifetime = state.policy.lifetime if state.policy else 0.0
    return replace(state, expires=now + timedelta(seconds=lifetime), warned=False)
