"""Rollouts: what a preview shows while one runs, and what it knows when it has ended, well or not."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain import events, rollouts, states
from domain.lifecycle import Repair, Roll, Wait, next_step
from domain.phases import Phase, Reason, StepName, StepState
from domain.states import PreviewState
from tests.domain.examples import FIRST, KEY, NOON, POLICY, SECOND, commit, plan, pull, reference

LATER = NOON + timedelta(minutes=1)


def begun(number: int = 1) -> PreviewState:
    """A preview at the start of the rollout of commit(number)."""
    known = events.looked(PreviewState(key=KEY, policy=POLICY, look_wanted=False), pull(number), NOON)
    return rollouts.rollout_begun(known, pull(number).head, NOON)


def live(number: int = 1) -> states.Live:
    """Commit(number), as it is kept once it answered."""
    return states.Live(revision=pull(number).head, plan=plan(number), images=())


def states_of(state: PreviewState) -> dict[StepName, StepState]:
    """The checklist."""
    return {step.name: step.state for step in state.steps}


def test_the_phase_is_that_of_the_earliest_step_that_is_not_finished() -> None:
    """While an image is built and a database branched, people read building; then branching."""
    state = rollouts.with_step(begun(), StepName.DEFINITION, StepState.DONE, LATER)
    state = rollouts.with_step(state, StepName.DATABASE, StepState.RUNNING, LATER)
    assert state.phase is Phase.BUILDING

    state = rollouts.with_step(state, StepName.IMAGE, StepState.DONE, LATER)
    assert state.phase is Phase.BRANCHING


def test_a_cancelled_rollout_is_as_good_as_never_tried() -> None:
    """A draft that comes back at the same commit is rolled out, although that was begun before."""
    cancelled = rollouts.rollout_cancelled(rollouts.with_step(begun(), StepName.IMAGE, StepState.RUNNING, NOON), LATER)

    assert states_of(cancelled)[StepName.IMAGE] is StepState.CANCELLED
    assert next_step(cancelled, LATER) == Roll(pull(1).head, POLICY, pull(1))


def test_a_step_takes_as_long_as_from_its_beginning_to_its_end() -> None:
    """The checklist says how long each step took, also one that failed."""
    state = rollouts.with_step(begun(), StepName.IMAGE, StepState.RUNNING, NOON)
    state = rollouts.rollout_ended(state, Phase.FAILED, Reason.BUILD_FAILED, "no", LATER)

    image = next(step for step in state.steps if step.name is StepName.IMAGE)
    assert (image.state, image.seconds) == (StepState.FAILED, 60)


def test_what_was_good_is_restored_only_if_its_data_were_touched() -> None:
    """A build that fails takes nothing from the live revision; a migration that fails does."""
    state = rollouts.made_live(begun(), live())

    assert not rollouts.must_restore(state)
    assert rollouts.must_restore(replace(state, clean=False))
    assert not rollouts.must_restore(replace(begun(), clean=False)), "there is nothing to bring back"


def test_a_repair_runs_beside_a_newer_commit_that_failed() -> None:
    """The live revision is deployed again although it is not the one that the pull request is at."""
    known = events.looked(rollouts.made_live(begun(1), live(1)), pull(2), NOON)
    failed = rollouts.rollout_ended(
        rollouts.rollout_begun(known, pull(2).head, NOON), Phase.FAILED, Reason.BUILD_FAILED, "make: no rule", NOON
    )
    wanted = events.unanswered(failed, "502")
    step = next_step(wanted, LATER)
    assert isinstance(step, Repair)

    repairing = rollouts.repair_begun(wanted, step.live, LATER)
    assert isinstance(next_step(repairing, LATER), Wait)
    assert states_of(repairing)[StepName.IMAGE] is StepState.SKIPPED
    moved = rollouts.with_step(repairing, StepName.DEPLOY, StepState.DONE, LATER)

    repaired = rollouts.repaired(rollouts.made_live(moved, step.live), LATER)
    assert (repaired.phase, repaired.reason, repaired.detail) == (Phase.FAILED, Reason.BUILD_FAILED, "make: no rule")


def test_a_repair_of_the_newest_commit_ends_ready() -> None:
    """Nothing had failed, so nothing is told but that it is ready."""
    ready = rollouts.rollout_ended(rollouts.made_live(begun(), live()), Phase.READY, Reason.NONE, "", NOON)
    repairing = rollouts.repair_begun(events.unanswered(ready, "502"), live(), LATER)

    assert rollouts.repaired(repairing, LATER).phase is Phase.READY


MIGRATIONS = st.lists(st.sampled_from([FIRST, SECOND]), max_size=3).map(tuple)


@given(MIGRATIONS, MIGRATIONS, st.booleans(), st.booleans())
def test_data_are_kept_exactly_while_nothing_applied_was_changed(
    applied: tuple[object, ...], wanted: tuple[object, ...], clean: bool, there: bool
) -> None:
    """A database is branched anew if it is not there, half migrated, or has what the commit has not."""
    state = replace(begun(), database=reference() if there else None, applied=applied, clean=clean)

    needed = rollouts.needs_branch(state, plan(1, wanted))  # pyright: ignore[reportArgumentType] - hypothesis has lost the type

    assert needed is not (there and clean and list(wanted)[: len(applied)] == list(applied))


def test_a_rollout_forgets_what_the_last_teardown_removed() -> None:
    """A receipt is shown until something new begins."""
    assert rollouts.rollout_begun(replace(begun(), receipt=plan().entries), pull(2).head, NOON).receipt == ()
    assert begun(3).tried == commit(3)
