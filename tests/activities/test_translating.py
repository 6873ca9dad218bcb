"""Failures as Temporal tells them: what may be tried again, why it failed, and never a word that is not ours."""

import pytest
from temporalio.exceptions import ActivityError, ApplicationError, ApplicationErrorCategory, RetryState
from temporalio.testing import ActivityEnvironment

from activities.failures import message_of, reason_of, told_to_temporal, translated
from domain.errors import MatineeError, NotYet, PermanentError, TemporaryError
from domain.phases import Reason


def ended(cause: BaseException | None, retry_state: RetryState | None = None) -> ActivityError:
    """How a workflow sees an activity that failed of this."""
    error = ActivityError(
        "Activity task failed",
        scheduled_event_id=1,
        started_event_id=2,
        identity="w",
        activity_type="deploy",
        activity_id="1",
        retry_state=retry_state,
    )
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "final", "benign"),
    [
        (PermanentError("no", reason=Reason.BUILD_FAILED), True, False),
        (TemporaryError("later", reason=Reason.BUILD_FAILED), False, False),
        (NotYet("soon", reason=Reason.BUILD_FAILED), False, True),
    ],
)
def test_only_what_nobody_can_wait_for_ends_a_step(error: MatineeError, final: bool, benign: bool) -> None:
    """A permanent error is not tried again; waiting is neither logged as an error nor counted as one."""
    told = translated(error)

    assert told.non_retryable is final
    assert (told.category is ApplicationErrorCategory.BENIGN) is benign
    assert (message_of(ended(told)), reason_of(ended(told))) == (error.message, Reason.BUILD_FAILED)


def test_a_forge_that_says_when_to_come_back_is_asked_then() -> None:
    """A rate limit is waited for as long as the forge wants, and no shorter."""
    delay = translated(TemporaryError("too many requests", retry_after=90)).next_retry_delay

    assert delay is not None
    assert delay.total_seconds() == 90


def test_a_step_that_ran_out_of_time_says_what_it_waited_for() -> None:
    """The last words of what was waited for are kept; where they had no reason, that is the time."""
    waited = ended(translated(NotYet("api answers 503")), RetryState.TIMEOUT)
    named = ended(translated(NotYet("no image", reason=Reason.IMAGE_MISSING)), RetryState.TIMEOUT)

    assert (message_of(waited), reason_of(waited)) == ("api answers 503", Reason.TIMED_OUT)
    assert reason_of(named) is Reason.IMAGE_MISSING
    assert reason_of(ended(None)) is Reason.TIMED_OUT


def test_a_reason_of_another_release_is_read_as_unknown() -> None:
    """A workflow that meets a reason it does not know goes on."""
    assert reason_of(ended(ApplicationError("no", "of-tomorrow"))) is Reason.UNKNOWN


async def test_what_is_not_ours_leaves_no_word_in_the_history() -> None:
    """A library's message may hold a password: only its kind is told, and where it was raised is in the log."""

    async def breaks() -> None:
        async with told_to_temporal():
            raise ValueError("postgres://shop:s3cret@db")

    with pytest.raises(ApplicationError) as told:
        await ActivityEnvironment().run(breaks)

    assert told.value.message == "ValueError inside Matinee; the worker's log says where"
    assert told.value.__cause__ is None
    assert not told.value.non_retryable


async def test_the_vendors_error_stays_out_of_the_history() -> None:
    """What ours was raised from is for the log: Temporal would write it down."""

    async def breaks() -> None:
        async with told_to_temporal():
            try:
                _ = dict[str, str]()["postgres://shop:s3cret@db"]
            except KeyError as error:
                raise TemporaryError("the database does not answer", reason=Reason.DATABASE_UNAVAILABLE) from error

    with pytest.raises(ApplicationError) as told:
        await ActivityEnvironment().run(breaks)

    assert told.value.__cause__ is None
    assert told.value.__suppress_context__
