"""The only place that turns our errors into Temporal's.

The vendor's error that ours was raised from is left out on purpose: Temporal would write its text into the
history, and what a vendor puts into a message is not ours to vouch for.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from traceback import format_tb

from temporalio import activity
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    ApplicationErrorCategory,
    FailureError,
    RetryState,
)

from domain.errors import MatineeError, NotYet, PermanentError, TemporaryError
from domain.phases import Reason


def translated(error: MatineeError) -> ApplicationError:
    """The failure that Temporal shows and retries by: its type is ours, its one detail is the reason.

    A permanent error is not retried. A `NotYet` is benign: it is neither logged as an error nor counted as one.
    """
    after = error.retry_after if isinstance(error, TemporaryError) else None
    return ApplicationError(
        error.message,
        error.reason.value,
        type=type(error).__name__,
        non_retryable=isinstance(error, PermanentError),
        next_retry_delay=timedelta(seconds=after) if after is not None else None,
        category=ApplicationErrorCategory.BENIGN if isinstance(error, NotYet) else ApplicationErrorCategory.UNSPECIFIED,
    )


@asynccontextmanager
async def told_to_temporal() -> AsyncGenerator[None]:
    """Whatever of ours is raised within is raised as Temporal's; of anything else, only where it was raised.

    What a library says may hold anything, a secret too, and would stand in the history and on the pull request.
    """
    try:
        yield
    except MatineeError as error:
        raise translated(error) from None
    except FailureError:
        raise
    except Exception as error:  # noqa: BLE001 - the last place before the history, which no foreign word may reach
        kind = type(error).__name__
        activity.logger.error("defect", extra={"kind": kind, "trace": "".join(format_tb(error.__traceback__))})
        raise ApplicationError(f"{kind} inside Matinee; the worker's log says where", type="Defect") from None


def message_of(error: FailureError) -> str:
    """What our own error said, below whatever Temporal wrapped around it."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ApplicationError):
            return cause.message
        cause = cause.__cause__
    return str(error.cause or error)


def reason_of(error: FailureError) -> Reason:
    """The reason that our own error carried; TIMED_OUT where the step ran out of time without one."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ApplicationError) and cause.details:
            said = str(cause.details[0])
            return _said(Reason(said) if said in set(Reason) else Reason.UNKNOWN, error)
        cause = cause.__cause__
    return Reason.TIMED_OUT


def _said(reason: Reason, error: FailureError) -> Reason:
    """The reason, or TIMED_OUT where waiting ended only because its time did."""
    waited = isinstance(error, ActivityError) and error.retry_state is RetryState.TIMEOUT
    return Reason.TIMED_OUT if waited and reason is Reason.UNKNOWN else reason
