"""Failures: the only place where our errors become Temporal's."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from domain.errors import MatineeError, NotYet, PermanentError, TemporaryError


def translated(error: MatineeError) -> ApplicationError:
    """The failure that Temporal keeps of this error; its type is the class's name, its details hold the reason."""
    retry_after = error.retry_after if isinstance(error, TemporaryError) else None
    return ApplicationError(
        error.message,
        error.reason.value,
        type=type(error).__name__,
        non_retryable=isinstance(error, PermanentError),
        next_retry_delay=None if retry_after is None else timedelta(seconds=retry_after),
        # A benign failure counts in no metric and is logged for debugging only.
        category=ApplicationErrorCategory.BENIGN if isinstance(error, NotYet) else ApplicationErrorCategory.UNSPECIFIED,
    )


@asynccontextmanager
async def translating() -> AsyncIterator[None]:
    """Within it, an error of ours leaves the activity as Temporal's own."""
    try:
        yield
    except MatineeError as error:
        # Temporal writes the causes of a failure into the history; the vendor's own words may hold a secret.
        raise translated(error) from None
