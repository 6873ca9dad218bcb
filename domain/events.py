"""Events: what a preview's state becomes when the forge, a person, the clock or the sweep has said something."""

from dataclasses import replace
from datetime import datetime, timedelta

from domain.definitions import Definition
from domain.phases import Intent, Phase, Reason
from domain.policies import Policy, renewed
from domain.pulls import PullRequest
from domain.states import PreviewState

DELIVERIES_KEPT = 100
"""Delivery ids remembered; GitHub redelivers by hand only, so the last hundred of one pull request are plenty."""

IMAGE_REASONS = frozenset({Reason.IMAGE_MISSING, Reason.TIMED_OUT})
"""Reasons that an image which is pushed late can cure."""


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
    open; one that a person closed stays down. While it closes, the answer is older than the close: it is kept
    and decides nothing, as the forge is asked again after the teardown.
    """
    known = replace(_known_again(state), pull=pull)
    if not pull.is_open:
        return replace(known, intent=Intent.CLOSED)
    if state.intent is Intent.CLOSED:
        return known if state.phase is not Phase.GONE else _reopened(known, pull, now)
    if state.pull is None:
        return _alive(known, now)
    if pull.head.commit not in (state.tried, state.pull.head.commit):
        return _alive(replace(known, intent=Intent.UP), now)
    return known


def governed(state: PreviewState, policy: Policy) -> PreviewState:
    """The state under the policy that is in force now; where a preview has something, it stays until that is gone."""
    held = state.policy
    return replace(state, policy=renewed(held, policy) if held and (state.ledger or state.rolling) else policy)


def forge_knows_none(state: PreviewState, reason: Reason, detail: str) -> PreviewState:
    """The state after the forge said that it knows no such pull request, which is no evidence that it closed.

    What a rollout failed of stays to be seen, because that is what people have to act on.
    """
    if state.intent is Intent.CLOSED or has_failed(state):
        return state
    return replace(state, reason=reason, detail=detail, unknown=True)


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
    told = f"its lifetime ends {until}; push, extend or pin it to keep it"
    return replace(state, warned=True, detail=state.detail if has_failed(state) else told)


def unanswered(state: PreviewState, detail: str) -> PreviewState:
    """The state after the live revision was seen not to answer: it is deployed again. Without one, nothing changes."""
    if state.live is None or state.rolling or state.intent is not Intent.UP:
        return state
    return replace(state, repair_wanted=True, detail=state.detail or detail)


def redeployed(state: PreviewState, *, reset: bool = False) -> PreviewState:
    """The state after somebody asked for the rollout to be done again, with fresh data if `reset`."""
    return replace(state, roll_wanted=True, reset_wanted=reset or state.reset_wanted, look_wanted=True)


def closed(state: PreviewState, by: str) -> PreviewState:
    """The state after the forge (`by` is empty) or a person said that the preview should end."""
    return replace(state, intent=Intent.CLOSED, closed_by=by, look_wanted=True, roll_wanted=False, reset_wanted=False)


def extended(state: PreviewState, seconds: float, now: datetime) -> PreviewState:
    """The state with a later end of life: so many seconds after the present end, or after now if that is past."""
    start = max(state.expires or now, now)
    return replace(_unwarned(state), expires=start + timedelta(seconds=seconds))


def planned(state: PreviewState, definition: Definition) -> PreviewState:
    """The state that lives as long as the definition asks for, or else the policy; its end moves by the difference.

    Its flags can be set before there is anything to set them in; what answers keeps its own until it is replaced.
    """
    hours = definition.lifetime_hours
    declared = state.declared if state.live else definition.flags
    asked = replace(state, lifetime=hours * 3600.0 if hours else None, declared=declared)
    longer = timedelta(seconds=_lifetime(asked) - _lifetime(state))
    return replace(asked, expires=state.expires + longer) if state.expires and longer else asked


def pinned(state: PreviewState) -> PreviewState:
    """The state without an end of life."""
    return replace(_unwarned(state), pinned=True)


def unpinned(state: PreviewState, now: datetime) -> PreviewState:
    """The state with an end of life again: the one it had, or a whole lifetime from now if that has passed."""
    loose = replace(state, pinned=False)
    return loose if state.expires and state.expires > now else _alive(loose, now)


def has_failed(state: PreviewState) -> bool:
    """Whether the last rollout failed, so that trying again makes sense."""
    return state.phase is Phase.FAILED


def _alive(state: PreviewState, now: datetime) -> PreviewState:
    return replace(_unwarned(state), expires=now + timedelta(seconds=_lifetime(state)))


def _lifetime(state: PreviewState) -> float:
    return state.lifetime or (state.policy.lifetime if state.policy else 0.0)


def _unwarned(state: PreviewState) -> PreviewState:
    """The state that speaks of no end of life, as the one that it spoke of no longer holds."""
    kept = "" if state.warned and state.reason is Reason.NONE else state.detail
    return replace(state, warned=False, detail=kept)


def _known_again(state: PreviewState) -> PreviewState:
    """The state that no longer complains of a forge which has answered now."""
    return replace(state, unknown=False, reason=Reason.NONE, detail="") if state.unknown else state


def _reopened(state: PreviewState, pull: PullRequest, now: datetime) -> PreviewState:
    down = Intent.STOPPED if state.closed_by else Intent.UP
    tried = pull.head.commit if state.closed_by else ""
    return _alive(replace(state, intent=down, closed_by="", tried=tried), now)
