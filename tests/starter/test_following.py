"""Following knows when there is nothing more to wait for."""

from dataclasses import replace

from domain.messages import Status
from domain.phases import Intent, Phase, Reason
from starter.following import goes_down, of_commit, rolled_out, taken_down
from tests.domain.examples import KEY

OLD, OURS, NEWER = "a" * 40, "b" * 40, "c" * 40

READY = Status(
    key=KEY, phase=Phase.READY, phase_since=None, reason=Reason.NONE, detail="", intent=Intent.UP, commit=OLD
)


def test_a_rollout_is_followed_to_its_end() -> None:
    """A person who pushed waits for their own commit, not for the one before it."""
    settled = rolled_out(OURS)

    seen = [READY, replace(READY, phase=Phase.MIGRATING, commit=OURS), replace(READY, commit=OURS)]

    assert [settled(status) for status in seen] == [False, False, True]


def test_a_failure_is_an_end_too() -> None:
    """Nobody waits for what has failed."""
    assert rolled_out(OURS)(replace(READY, phase=Phase.FAILED, commit=OURS))


def test_a_commit_that_was_overtaken_is_not_waited_for() -> None:
    """Somebody else's newer push is the end of waiting for this one."""
    settled = rolled_out(OURS)

    assert not settled(READY)
    assert settled(replace(READY, phase=Phase.BUILDING, commit=NEWER))


def test_a_preview_that_rests_is_believed_in_time() -> None:
    """A preview that stays stopped ends the waiting, but only after a push has had time to wake it."""
    settled, stopped = rolled_out(OURS, patience=3), replace(READY, phase=Phase.STOPPED)

    assert [settled(stopped) for _ in range(4)] == [False, False, False, True]


def test_what_was_before_is_not_what_is_followed() -> None:
    """The lines begin with the commit that was pushed, or with the teardown that was asked for."""
    closing, gone = replace(READY, phase=Phase.CLOSING), replace(READY, phase=Phase.GONE)

    assert (of_commit(OURS)(READY), of_commit(OURS)(replace(READY, commit=OURS))) == (False, True)
    assert [goes_down(status) for status in (READY, closing, gone)] == [False, True, True]
    assert [taken_down(status) for status in (READY, closing, gone)] == [False, False, True]
