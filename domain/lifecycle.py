"""The lifecycle: what a preview should do next, as a pure function of what is known.

The workflow keeps a `PreviewState`, asks `next_step`, carries out the answer, and folds what came of it back
into the state by the functions below. Nothing here reads a clock: `now` is an argument.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.definitions import ServiceUrl
from domain.names import Key
from domain.phases import Intent, Phase, Reason, StepName, StepState
from domain.policies import Policy, judge
from domain.pulls import Blob, PullRequest, Revision
from domain.reports import Step
from domain.resources import DatabaseRef, Entry

DELIVERIES_KEPT = 100
"""Delivery ids remembered; GitHub redelivers by hand only, so the last hundred of one pull request are plenty."""


@dataclass(frozen=True, kw_only=True)
class PreviewState:
    """All that a preview's workflow knows; it is what continue-as-new carries on.

    `tried` is the commit of the last rollout that began. `applied` are the migrations that the database of this
    `generation` has. `ledger` is what was made and is not verified gone; `receipt` what the last teardown
    verified gone. `rolling` is the revision of the rollout that runs now.
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
    live: Revision | None = None
    urls: tuple[ServiceUrl, ...] = ()
    phase: Phase = Phase.QUEUED
    phase_since: datetime | None = None
    reason: Reason = Reason.NONE
    detail: str = ""
    steps: tuple[Step, ...] = ()
    database: DatabaseRef | None = None
    generation: int = 0
    applied: tuple[Blob, ...] = ()
    ledger: tuple[Entry, ...] = ()
    receipt: tuple[Entry, ...] = ()
    expires: datetime | None = None
    pinned: bool = False
    warned: bool = False
    releases: int = 0
    leases: int = 0
    deliveries: tuple[str, ...] = ()


@dataclass(frozen=True)
class Begin:
    """Learn the policy and adopt what already carries this key's mark."""


@dataclass(frozen=True)
class Look:
    """Ask the forge what the pull request is now."""


@dataclass(frozen=True)
class Roll:
    """Bring this revision up; `reset` branches the database anew first."""

    revision: Revision
    reset: bool


@dataclass(frozen=True)
class CancelRollout:
    """The rollout that runs is no longer wanted: end it, and wait for its end."""


@dataclass(frozen=True)
class Teardown:
    """Remove everything in the ledger and verify it; `phase` is what to show once it is done."""

    phase: Phase


@dataclass(frozen=True)
class Rest:
    """Nothing runs and nothing shall: show this phase and its reason."""

    phase: Phase
    reason: Reason
    detail: str


@dataclass(frozen=True)
class Warn:
    """Say on the pull request that the lifetime ends soon."""


@dataclass(frozen=True)
class Expire:
    """The lifetime is over."""


@dataclass(frozen=True)
class Wait:
    """Wait for a message, at most until this instant if there is one."""

    until: datetime | None


@dataclass(frozen=True)
class Finish:
    """The pull request is closed and nothing of its preview is left."""


NextStep = Begin | Look | Roll | CancelRollout | Teardown | Rest | Warn | Expire | Wait | Finish


def next_step(state: PreviewState, now: datetime) -> NextStep:
    """What a preview in this state should do at this instant."""
    if state.policy is None:
        return Begin()
    if state.intent is Intent.CLOSED:
        return _towards_the_end(state)
    if state.look_wanted:
        return Look()
    if state.pull is None:
        return Wait(None)
    if state.intent is not Intent.UP:
        return _towards_rest(state, _REST[state.intent], Reason.NONE, state.detail)
    verdict = judge(state.policy, state.pull)
    if not verdict.allowed:
        return _towards_rest(state, Phase.WAITING_FOR_APPROVAL, verdict.reason, verdict.detail)
    return _towards_ready(state, state.policy, state.pull, now)


_REST = {Intent.STOPPED: Phase.STOPPED, Intent.EXPIRED: Phase.EXPIRED}


def _towards_the_end(state: PreviewState) -> NextStep:
    if state.rolling:
        return CancelRollout()
    if state.ledger or state.phase is not Phase.GONE:
        return Teardown(Phase.GONE)
    if state.look_wanted:
        return Look()
    return Finish()


def _towards_rest(state: PreviewState, phase: Phase, reason: Reason, detail: str) -> NextStep:
    if state.rolling:
        return CancelRollout()
    if state.ledger:
        return Teardown(phase)
    if (state.phase, state.reason) != (phase, reason):
        return Rest(phase, reason, detail)
    return Wait(None)


def _towards_ready(state: PreviewState, policy: Policy, pull: PullRequest, now: datetime) -> NextStep:
    wanted = pull.head
    if state.rolling:
        superseded = state.rolling.commit != wanted.commit or state.reset_wanted or state.roll_wanted
        return CancelRollout() if superseded else Wait(None)
    if state.roll_wanted or state.reset_wanted or state.tried != wanted.commit:
        return Roll(wanted, state.reset_wanted)
    if state.expires is None or state.pinned:
        return Wait(None)
    if now >= state.expires:
        return Expire()
    warn_at = state.expires - timedelta(seconds=policy.warning)
    if state.warned or warn_at <= wanted.pushed_at:
        return Wait(state.expires)
    return Warn() if now >= warn_at else Wait(warn_at)


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
    known = replace(state, pull=pull, look_wanted=False)
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
        return replace(state, look_wanted=False)
    return replace(state, look_wanted=False, reason=Reason.FORGE_REFUSED, detail=detail)


def started(state: PreviewState, now: datetime) -> PreviewState:
    """The state after somebody asked for a stopped or expired preview to come up again."""
    return _alive(replace(state, intent=Intent.UP, roll_wanted=True, look_wanted=True), now)


def stopped(state: PreviewState, detail: str) -> PreviewState:
    """The state after somebody asked for teardown while the pull request stays open."""
    return replace(state, intent=Intent.STOPPED, roll_wanted=False, reset_wanted=False, detail=detail)


def expired(state: PreviewState) -> PreviewState:
    """The state after the lifetime has ended."""
    return replace(state, intent=Intent.EXPIRED, detail="its lifetime is over; push, or start it, to bring it back")


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
        urls=(),
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
    """The state whose checklist shows this step so; its times are set as it begins and ends."""
    return replace(
        state,
        steps=tuple(_moved(step, step_state, now, note) if step.name is name else step for step in state.steps),
    )


def checklist() -> tuple[Step, ...]:
    """The steps of a rollout, none begun."""
    return tuple(Step(name=name) for name in StepName)


def _moved(step: Step, state: StepState, now: datetime, note: str) -> Step:
    if state is StepState.RUNNING:
        return replace(step, state=state, began_at=step.began_at or now, note=note)
    if state is StepState.WAITING:
        return replace(step, state=state, note=note)
    return replace(step, state=state, began_at=step.began_at or now, ended_at=now, note=note)


def _alive(state: PreviewState, now: datetime) -> PreviewState:
    lifetime = state.policy.lifetime if state.policy else 0.0
    return replace(state, expires=now + timedelta(seconds=lifetime), warned=False)
