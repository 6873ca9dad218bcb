"""The lifecycle: what a preview does next in every situation that the world can bring about."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import events, lifecycle, rollouts, states
from domain.lifecycle import (
    Begin,
    CancelRollout,
    Expire,
    Finish,
    Look,
    Rest,
    Roll,
    Teardown,
    Wait,
    Warn,
    next_step,
)
from domain.phases import Intent, Phase, Reason, StepName, StepState
from domain.states import PreviewState
from tests.domain.examples import FIRST, KEY, NOON, POLICY, SECOND, commit, entry, plan, pull, reference

LATER = NOON + timedelta(hours=1)


def known(number: int = 1) -> PreviewState:
    """A preview that has asked the forge and has nothing yet."""
    state = PreviewState(key=KEY, policy=POLICY, look_wanted=False)
    return events.looked(state, pull(number), NOON)


def ready(number: int = 1) -> PreviewState:
    """A preview whose commit(number) is live."""
    begun = rollouts.rollout_begun(known(number), pull(number).head, NOON)
    live = states.Live(revision=pull(number).head, plan=plan(number), images=())
    made = replace(states.entered(begun, plan(number).entries), live=live, database=reference(), applied=(FIRST,))
    return rollouts.rollout_ended(made, Phase.READY, Reason.NONE, "", LATER)


def rolling(number: int = 1) -> PreviewState:
    """A preview in the middle of the rollout of commit(number)."""
    return states.entered(rollouts.rollout_begun(known(number), pull(number).head, NOON), plan(number).entries)


def test_a_run_begins_by_adopting_what_is_there() -> None:
    """A terminated workflow loses nothing: the next one first finds what the last one made."""
    assert next_step(PreviewState(key=KEY), NOON) == Begin()


def test_the_forge_is_asked_before_anything_is_decided() -> None:
    """An event alone starts nothing: it may be late, doubled or forged by time."""
    assert next_step(PreviewState(key=KEY, policy=POLICY), NOON) == Look()


def test_an_open_pull_request_is_rolled_out() -> None:
    """A pull request that the forge calls open gets its head commit rolled out."""
    assert next_step(known(), NOON) == Roll(pull(1).head, POLICY, pull(1))


def test_a_ready_preview_waits_for_the_warning_of_its_end() -> None:
    """Nothing runs while nobody pushes; the next thing to do is the warning, a day before the end."""
    state = ready()
    assert state.expires == NOON + timedelta(days=7)
    assert next_step(state, LATER) == Wait(NOON + timedelta(days=6))


def test_a_newer_push_cancels_the_rollout_and_only_then_begins_its_own() -> None:
    """Two revisions are never rolled out at the same time, and the newest wins."""
    state = events.looked(rolling(1), pull(2), LATER)
    assert next_step(state, LATER) == CancelRollout()
    ended = rollouts.rollout_cancelled(state, LATER)
    assert next_step(ended, LATER) == Roll(pull(2).head, POLICY, pull(2))


def test_the_same_commit_is_not_rolled_out_twice() -> None:
    """A doubled event asks the forge once more and changes nothing."""
    state = events.looked(ready(1), pull(1), LATER)
    assert isinstance(next_step(state, LATER), Wait)


def test_close_wins_over_a_rollout_and_needs_no_forge() -> None:
    """A closed pull request's rollout is cancelled and torn down without asking anybody."""
    state = events.closed(rolling(), "")
    assert next_step(state, LATER) == CancelRollout()
    ended = rollouts.rollout_cancelled(state, LATER)
    assert next_step(ended, LATER) == Teardown(Phase.GONE, POLICY)


def gone(state: PreviewState) -> PreviewState:
    """The state after its teardown has verified everything gone."""
    struck = states.struck_off(state, state.ledger, LATER)
    return states.in_phase(states.torn_down(struck), Phase.GONE, LATER)


def test_the_end_comes_only_when_the_forge_too_says_closed() -> None:
    """After a verified teardown the forge is asked; closed means finished."""
    state = gone(events.closed(ready(), ""))
    assert next_step(state, LATER) == Look()
    answered = events.looked(replace(state, look_wanted=False), pull(1, is_open=False), LATER)
    assert next_step(answered, LATER) == Finish()


def test_reopened_while_closing_comes_back_after_the_teardown() -> None:
    """A close event that the forge no longer stands by ends in a fresh preview, not in a half-removed one."""
    state = gone(events.closed(ready(), ""))
    answered = events.looked(replace(state, look_wanted=False), pull(1), LATER)
    assert next_step(answered, LATER) == Roll(pull(1).head, POLICY, pull(1))


def test_closed_by_a_person_stays_down_while_the_pull_request_is_open() -> None:
    """`matinee close` on an open pull request is not undone by the next look at the forge."""
    state = gone(events.closed(ready(), "alice"))
    answered = events.looked(replace(state, look_wanted=False), pull(1), LATER)
    assert answered.intent is Intent.STOPPED
    assert next_step(answered, LATER) == Rest(Phase.STOPPED, Reason.NONE, "")


def test_an_unknown_pull_request_is_no_evidence_that_it_closed() -> None:
    """A forge that answers 404 makes nothing disappear."""
    state = events.forge_knows_none(ready(), Reason.FORGE_REFUSED, "the forge knows no acme/shop#12")
    assert isinstance(next_step(state, LATER), Wait)
    assert state.reason is Reason.FORGE_REFUSED


def test_a_person_can_close_what_the_forge_no_longer_knows() -> None:
    """A repository that was deleted does not keep its previews waiting for ever."""
    state = replace(gone(events.closed(ready(), "alice")), look_wanted=False)
    assert next_step(events.forge_knows_none(state, Reason.FORGE_REFUSED, "unknown"), LATER) == Finish()


def test_stop_tears_down_and_a_push_brings_it_back() -> None:
    """Stopped is down until a new commit or a start, not for ever."""
    state = events.stopped(ready(1), "stopped by bob")
    assert next_step(state, LATER) == Teardown(Phase.STOPPED, POLICY)
    down = replace(
        states.in_phase(states.torn_down(states.struck_off(state, state.ledger, LATER)), Phase.STOPPED, LATER)
    )
    same = events.looked(replace(down, look_wanted=False), pull(1), LATER)
    assert next_step(same, LATER) == Wait(None)
    assert next_step(events.looked(same, pull(2), LATER), LATER) == Roll(pull(2).head, POLICY, pull(2))


def test_a_teardown_that_was_begun_ends_before_anything_is_rolled_out() -> None:
    """Started again while it is taken down, a preview never comes up on the half that is still there."""
    closing = states.in_phase(events.stopped(ready(1), "stopped by bob"), Phase.CLOSING, LATER)
    half = states.struck_off(closing, closing.ledger[:1], LATER)
    assert next_step(half, LATER) == Teardown(Phase.STOPPED, POLICY)
    assert next_step(events.started(half, LATER), LATER) == Teardown(Phase.QUEUED, POLICY)
    assert next_step(events.looked(half, pull(2), LATER), LATER) == Teardown(Phase.QUEUED, POLICY)


def test_what_was_made_under_another_label_goes_before_anything_is_rolled_out() -> None:
    """Two copies of one pull request never answer side by side, the older one for nobody."""
    adopted = states.entered(known(1), (replace(entry("folder", "shop-12"), label="shop-h6583f870-12"),))
    assert next_step(adopted, LATER) == Teardown(Phase.QUEUED, POLICY)


def test_where_a_preview_is_does_not_move_under_it() -> None:
    """An operator's change reaches the rules of a preview at once, and its place only when nothing of it is there."""
    moved = replace(POLICY, label="elsewhere", platform="other", drafts_allowed=False)
    kept = replace(moved, label=POLICY.label, platform=POLICY.platform)
    begun = rollouts.rollout_begun(known(1), pull(1).head, NOON)
    assert events.governed(ready(1), moved).policy == kept
    assert events.governed(begun, moved).policy == kept, "it is being planned"
    assert events.governed(known(1), moved).policy == moved


def test_start_brings_a_stopped_preview_up_with_a_whole_lifetime() -> None:
    """A start asks the forge, then rolls the head out."""
    down = states.in_phase(states.torn_down(events.stopped(known(1), "")), Phase.STOPPED, LATER)
    up = events.started(down, LATER)
    assert next_step(up, LATER) == Look()
    assert up.expires == LATER + timedelta(days=7)
    assert isinstance(next_step(events.looked(replace(up, look_wanted=False), pull(1), LATER), LATER), Roll)


def test_a_lifetime_warns_once_then_ends() -> None:
    """A day before the end people are told; at the end the preview goes, and stays down."""
    state = ready()
    six_days, seven_days = NOON + timedelta(days=6), NOON + timedelta(days=7)
    assert next_step(state, six_days) == Warn()
    told = events.warned(state)
    assert next_step(told, six_days) == Wait(seven_days)
    assert next_step(told, seven_days) == Expire()
    assert next_step(events.expired(told), seven_days) == Teardown(Phase.EXPIRED, POLICY)


def test_a_pinned_preview_has_no_end() -> None:
    """Pinned waits for messages only, however late it is."""
    assert next_step(replace(ready(), pinned=True), NOON + timedelta(days=400)) == Wait(None)


def test_unpinned_after_its_end_gets_a_whole_lifetime() -> None:
    """Unpinning does not kill what should long have expired without a warning."""
    late = NOON + timedelta(days=30)
    assert events.unpinned(replace(ready(), pinned=True), late).expires == late + timedelta(days=7)


def test_extending_counts_from_the_end_and_warns_anew() -> None:
    """Two days more are two days after the end that was shown."""
    state = events.extended(events.warned(ready()), 2 * 86400, LATER)
    assert state.expires == NOON + timedelta(days=9)
    assert not state.warned


def test_the_definition_may_ask_for_another_lifetime() -> None:
    """A repository whose definition says two days has previews that end two days after the push, warned or extended."""
    two_days = replace(plan().definition, lifetime_hours=48)
    state = events.planned(ready(), two_days)
    assert state.expires == NOON + timedelta(days=2)
    assert events.planned(state, two_days) == state
    assert events.unpinned(replace(state, pinned=True), LATER + timedelta(days=9)).expires == LATER + timedelta(days=11)
    assert events.planned(state, plan().definition).expires == NOON + timedelta(days=7)


def test_a_stranger_waits_with_a_reason_and_what_was_up_goes_down() -> None:
    """A pull request of somebody without write access runs nothing on this platform."""
    state = events.looked(known(), pull(1, stranger=True), NOON)
    step = next_step(state, NOON)
    assert isinstance(step, Rest)
    assert (step.phase, step.reason) == (Phase.WAITING_FOR_APPROVAL, Reason.STRANGER)
    assert next_step(states.entered(state, (entry("x", "y"),)), NOON) == Teardown(Phase.WAITING_FOR_APPROVAL, POLICY)


def test_a_failed_rollout_keeps_what_is_live_and_waits() -> None:
    """A failed rollout is a state with a reason: the last good revision is still the live one."""
    state = rollouts.rollout_begun(events.looked(ready(1), pull(2), LATER), pull(2).head, LATER)
    state = rollouts.with_step(state, StepName.IMAGE, StepState.RUNNING, LATER)
    failed = rollouts.rollout_ended(state, Phase.FAILED, Reason.BUILD_FAILED, "make: no rule", LATER)
    assert failed.live is not None
    assert failed.live.revision.commit == commit(1)
    assert isinstance(next_step(failed, LATER), Wait)
    assert next(step for step in failed.steps if step.name is StepName.IMAGE).state is StepState.FAILED


@pytest.mark.parametrize(
    ("state", "needed"),
    [
        (known(), True),
        (ready(), False),
        (replace(ready(), clean=False), True),
        (replace(ready(), applied=(SECOND,)), True),
        (replace(ready(), applied=()), False),
    ],
)
def test_data_are_kept_while_migrations_continue(state: PreviewState, needed: bool) -> None:
    """A push keeps the preview's data; a rewritten or half-run migration gets a fresh copy of the seed."""
    assert rollouts.needs_branch(state, plan(2, (FIRST, SECOND))) is needed


def test_a_reset_gets_fresh_data() -> None:
    """`reset-database` branches anew although nothing is wrong with the data."""
    state = events.redeployed(ready(), reset=True)
    begun = rollouts.rollout_begun(state, pull(1).head, LATER)
    assert rollouts.needs_branch(begun, plan(1))


def test_a_delivery_is_remembered_and_old_ones_are_forgotten() -> None:
    """Redelivered webhooks are repeats; the memory of them does not grow without end."""
    state = known()
    for number in range(150):
        state = events.remembered(state, f"d{number}")
    assert events.is_repeat(state, "d149")
    assert not events.is_repeat(state, "d0")
    assert not events.is_repeat(state, "")


EVENTS = st.lists(
    st.sampled_from(
        ["push", "forge closes", "forge opens", "new commit", "close event", "person closes", "stop", "start", "reset"]
    ),
    max_size=25,
)


class World:
    """A forge, and an interpreter of the lifecycle that carries every step out at once."""

    def __init__(self) -> None:
        self.state = PreviewState(key=KEY)
        self.head, self.is_open, self.finished = 1, True, False

    def happens(self, event: str) -> None:
        """The world changes, and the preview hears of it or not."""
        state = self.state
        match event:
            case "new commit":
                self.head += 1
            case "forge closes":
                self.is_open = False
            case "forge opens":
                self.is_open = True
            case "push":
                self.state = replace(state, look_wanted=True)
            case "close event":
                self.state = events.closed(state, "")
            case "person closes":
                self.state = events.closed(state, "alice")
            case "stop" if state.intent is not Intent.CLOSED:
                self.state = events.stopped(state, "stopped")
            case "start" if state.intent in (Intent.STOPPED, Intent.EXPIRED):
                self.state = events.started(state, LATER)
            case "reset" if state.intent is Intent.UP:
                self.state = events.redeployed(state, reset=True)
            case _:
                return

    def settle(self, steps: int) -> None:
        """At most so many steps of the lifecycle are carried out; it must come to rest before 50."""
        for _ in range(steps):
            step = next_step(self.state, LATER)
            if isinstance(step, Wait | Finish):
                self.finished = isinstance(step, Finish)
                return
            self.state = self._after(step)
        assert steps < 50, f"the preview never comes to rest: {next_step(self.state, LATER)}"

    def _after(self, step: lifecycle.NextStep) -> PreviewState:  # noqa: PLR0911 - one return for each step
        state = self.state
        match step:
            case Begin():
                return replace(state, policy=POLICY)
            case Look():
                answer = pull(self.head, is_open=self.is_open)
                return events.looked(replace(state, look_wanted=False), answer, LATER)
            case Roll(revision=revision):
                assert state.rolling is None, "two rollouts at once"
                assert state.intent is Intent.UP, f"a rollout although it should be {state.intent}"
                return states.entered(rollouts.rollout_begun(state, revision, LATER), plan(self.head).entries)
            case CancelRollout():
                return rollouts.rollout_cancelled(state, LATER)
            case Teardown(phase=phase):
                return states.in_phase(states.torn_down(states.struck_off(state, state.ledger, LATER)), phase, LATER)
            case Rest(phase=phase, reason=reason):
                return replace(states.in_phase(state, phase, LATER), reason=reason)
            case _:
                return state


@given(st.lists(st.tuples(EVENTS, st.integers(0, 4)), max_size=8))
def test_whatever_happens_the_preview_ends_as_the_forge_says(rounds: list[tuple[list[str], int]]) -> None:
    """Lost, late, doubled and reordered events end in the same state: up at the head if open, nothing if closed."""
    world = World()
    for happened, steps in rounds:
        for event in happened:
            world.happens(event)
        world.settle(steps)
        if world.finished:
            assert not world.state.ledger, "the workflow ended before everything was gone"
            return
    world.happens("push")
    world.settle(50)
    if not world.is_open:
        assert world.finished, f"closed, and not finished: {next_step(world.state, LATER)}"
        assert not world.state.ledger
    elif world.state.intent is Intent.UP:
        assert world.state.rolling is not None
        assert world.state.rolling.commit == commit(world.head)
    else:
        assert not world.state.ledger, "stopped, and something is left"
