"""The lifecycle: what a preview should do next, as a pure function of what is known.

The workflow keeps a `PreviewState`, asks `next_step`, carries out the answer, and folds what came of it back
into the state (domain/states.py). Nothing here reads a clock: `now` is an argument.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.flagging import are_due, in_force
from domain.phases import Intent, Phase, Reason
from domain.policies import Policy, judge
from domain.pulls import PullRequest, Revision
from domain.states import Live, PreviewState


@dataclass(frozen=True)
class Begin:
    """Learn the policy and adopt what already carries this key's mark."""


@dataclass(frozen=True)
class Look:
    """Ask the forge what the pull request is now."""


@dataclass(frozen=True)
class Roll:
    """Bring this revision up."""

    revision: Revision
    policy: Policy
    pull: PullRequest


@dataclass(frozen=True)
class Repair:
    """Deploy the live revision again, with the data that it has: it does not answer, or its processes are gone."""

    live: Live
    policy: Policy
    pull: PullRequest


@dataclass(frozen=True)
class CancelRollout:
    """The rollout that runs is no longer wanted: end it, and wait for its end."""


@dataclass(frozen=True)
class Teardown:
    """Remove everything in the ledger and verify it; `phase` is what to show once it is done."""

    phase: Phase
    policy: Policy


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
class SetFlags:
    """Let what runs read these flags."""

    flags: dict[str, str]
    policy: Policy


@dataclass(frozen=True)
class Wait:
    """Wait for a message, at most until this instant if there is one."""

    until: datetime | None


@dataclass(frozen=True)
class Finish:
    """The pull request is closed and nothing of its preview is left."""


NextStep = Begin | Look | Roll | Repair | CancelRollout | Teardown | Rest | Warn | Expire | SetFlags | Wait | Finish


def next_step(state: PreviewState, now: datetime) -> NextStep:
    """What a preview in this state should do at this instant."""
    if state.policy is None:
        return Begin()
    if state.intent is Intent.CLOSED:
        return _towards_the_end(state, state.policy)
    if _is_half_gone(state):
        return Teardown(_REST.get(state.intent, Phase.QUEUED), state.policy)
    if state.look_wanted or state.pull is None:
        return Look() if state.look_wanted else Wait(None)
    if rest := _wanted_rest(state, state.policy, state.pull):
        return _towards_rest(state, rest, state.policy)
    return _towards_ready(state, state.policy, state.pull, now)


def _wanted_rest(state: PreviewState, policy: Policy, pull: PullRequest) -> Rest | None:
    """How a preview that shall not be up is shown; None if it shall."""
    if state.intent is not Intent.UP:
        return Rest(_REST[state.intent], Reason.NONE, state.detail)
    verdict = judge(policy, pull)
    return None if verdict.allowed else Rest(Phase.WAITING_FOR_APPROVAL, verdict.reason, verdict.detail)


def _is_half_gone(state: PreviewState) -> bool:
    """Whether a teardown was begun and has to end first, or what is there was made under another label than ours."""
    return bool(state.ledger) and (state.phase is Phase.CLOSING or any(entry.label for entry in state.ledger))


_REST = {Intent.STOPPED: Phase.STOPPED, Intent.EXPIRED: Phase.EXPIRED}


def _towards_the_end(state: PreviewState, policy: Policy) -> NextStep:
    if state.rolling:
        return CancelRollout()
    if state.ledger or state.phase is not Phase.GONE:
        return Teardown(Phase.GONE, policy)
    if state.look_wanted:
        return Look()
    return Finish()


def _towards_rest(state: PreviewState, rest: Rest, policy: Policy) -> NextStep:
    if state.rolling:
        return CancelRollout()
    if state.ledger:
        return Teardown(rest.phase, policy)
    return Wait(None) if (state.phase, state.reason) == (rest.phase, rest.reason) else rest


def _towards_ready(state: PreviewState, policy: Policy, pull: PullRequest, now: datetime) -> NextStep:
    wanted = pull.head
    if state.rolling:
        # A repair rolls the live commit out, which need not be the one that was tried last.
        superseded = state.tried != wanted.commit or state.reset_wanted or state.roll_wanted
        return CancelRollout() if superseded else _set_flags(state, policy) or Wait(None)
    if state.roll_wanted or state.reset_wanted or state.tried != wanted.commit:
        return Roll(wanted, policy, pull)
    if state.repair_wanted and state.live:
        return Repair(state.live, policy, pull)
    return _set_flags(state, policy) or _towards_expiry(state, policy, wanted, now)


def _set_flags(state: PreviewState, policy: Policy) -> SetFlags | None:
    return SetFlags(in_force(state), policy) if are_due(state) else None


def _towards_expiry(state: PreviewState, policy: Policy, wanted: Revision, now: datetime) -> NextStep:
    if state.expires is None or state.pinned:
        return Wait(None)
    if now >= state.expires:
        return Expire()
    warn_at = state.expires - timedelta(seconds=policy.warning)
    if state.warned or warn_at <= wanted.pushed_at:
        return Wait(state.expires)
    return Warn() if now >= warn_at else Wait(warn_at)
