"""Events: what a preview becomes when the forge, a person, the clock or the sweep has said something."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import events, rollouts, states
from domain.lifecycle import Finish, Teardown, next_step
from domain.phases import Intent, Phase, Reason
from domain.states import PreviewState
from tests.domain.examples import KEY, NOON, POLICY, entry, plan, pull, reference

LATER = NOON + timedelta(hours=1)


def up(number: int = 1) -> PreviewState:
    """A preview whose commit(number) is live."""
    known = events.looked(PreviewState(key=KEY, policy=POLICY, look_wanted=False), pull(number), NOON)
    live = states.Live(revision=pull(number).head, plan=plan(number), images=())
    begun = replace(rollouts.rollout_begun(known, pull(number).head, NOON), database=reference())
    made = rollouts.made_live(states.entered(begun, plan(number).entries), live)
    return rollouts.rollout_ended(made, Phase.READY, Reason.NONE, "", NOON)


def failed() -> PreviewState:
    """A preview whose second commit does not build, and whose first one is live."""
    begun = rollouts.rollout_begun(events.looked(up(), pull(2), NOON), pull(2).head, NOON)
    return rollouts.rollout_ended(begun, Phase.FAILED, Reason.BUILD_FAILED, "make: no rule", NOON)


def test_an_answer_that_is_older_than_the_close_decides_nothing() -> None:
    """The forge was asked, the pull request closed, and the answer still says open: the preview ends all the same."""
    state = events.looked(events.closed(up(), ""), pull(1), LATER)

    assert state.intent is Intent.CLOSED
    assert next_step(state, LATER) == Teardown(Phase.GONE, POLICY)


def test_a_preview_that_was_stopped_before_anything_was_known_stays_stopped() -> None:
    """A stop that is the first that a preview hears is not undone by learning of the pull request."""
    state = events.looked(events.stopped(PreviewState(key=KEY, policy=POLICY), "stopped by bob"), pull(1), NOON)

    assert state.intent is Intent.STOPPED
    assert state.expires == NOON + timedelta(days=7)


def test_a_pull_request_that_the_forge_knows_again_is_no_longer_complained_of() -> None:
    """A 404 that passes leaves no reason behind."""
    unknown = events.forge_knows_none(up(), Reason.FORGE_REFUSED, "no such pull request")
    assert (unknown.reason, unknown.detail) == (Reason.FORGE_REFUSED, "no such pull request")

    known = events.looked(unknown, pull(1), LATER)

    assert (known.reason, known.detail, known.phase) == (Reason.NONE, "", Phase.READY)


def test_a_404_does_not_hide_why_the_last_rollout_failed() -> None:
    """What people have to act on stays to be seen."""
    state = events.forge_knows_none(failed(), Reason.FORGE_REFUSED, "no such pull request")

    assert (state.reason, state.detail) == (Reason.BUILD_FAILED, "make: no rule")


def test_a_warning_does_not_hide_why_the_last_rollout_failed() -> None:
    """A failed preview that is about to expire still says what failed."""
    assert events.warned(failed()).detail == "make: no rule"
    assert events.warned(up()).detail.startswith("its lifetime ends 2026-03-09 12:00 UTC")


@pytest.mark.parametrize("kept", ["extend", "pin", "push"])
def test_a_preview_that_is_kept_speaks_of_no_end_any_more(kept: str) -> None:
    """Once it lives on, the warning that it told is gone."""
    warned = events.warned(up())
    match kept:
        case "extend":
            state = events.extended(warned, 3600, LATER)
        case "pin":
            state = events.pinned(warned)
        case _:
            state = events.looked(warned, pull(2), LATER)

    assert (state.warned, state.detail) == (False, "")


def test_a_preview_without_a_live_revision_has_nothing_to_repair() -> None:
    """The sweep's news of a preview that is down, stopped or being rolled out changes nothing."""
    for state in (PreviewState(key=KEY), events.stopped(up(), ""), rollouts.rollout_begun(up(), pull(2).head, NOON)):
        assert events.unanswered(state, "it did not answer") == state
    assert events.unanswered(up(), "it did not answer").repair_wanted


def test_close_forgets_what_was_still_to_be_rolled_out() -> None:
    """A reset that was asked for just before the close does not come back after it."""
    state = events.closed(events.redeployed(up(), reset=True), "bob")

    assert not state.roll_wanted
    assert not state.reset_wanted


def test_the_end_is_the_same_whoever_says_it() -> None:
    """The forge's own closed needs no close event before it."""
    asked = events.looked(up(), pull(1, is_open=False), LATER)
    gone = states.in_phase(states.torn_down(states.struck_off(asked, asked.ledger, LATER)), Phase.GONE, LATER)

    assert next_step(events.looked(replace(gone, look_wanted=False), pull(1, is_open=False), LATER), LATER) == Finish()


@given(st.lists(st.floats(0.01, 2_160)), st.integers(0, 400))
def test_extensions_add_up(hours: list[float], days: int) -> None:
    """Each extension moves the end by what was asked for, and never to before now."""
    now = NOON + timedelta(days=days)
    state = up()
    for one in hours:
        state = events.extended(state, one * 3600, now)
    start = max(NOON + timedelta(days=7), now) if hours else NOON + timedelta(days=7)

    assert state.expires is not None
    assert abs(state.expires - start - timedelta(hours=sum(hours))) < timedelta(seconds=1)


@given(st.lists(st.sampled_from(["a", "b", "c", "d"])))
def test_the_ledger_lists_each_resource_once(names: list[str]) -> None:
    """However often a resource is made, it is removed once, and the receipt says so once."""
    state = PreviewState(key=KEY)
    for name in names:
        state = states.entered(state, (entry("process", name),))
    assert len(state.ledger) == len(set(names))

    gone = states.struck_off(states.struck_off(state, state.ledger, LATER), state.ledger, LATER)
    assert gone.ledger == ()
    assert gone.receipt == state.ledger
