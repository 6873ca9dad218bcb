"""The one tree of errors.

    MatineeError
    ├── PermanentError      asking again cannot help: somebody has to change something
    └── TemporaryError      asking again may help, optionally not before `retry_after` seconds
        └── NotYet          nothing is wrong: what is waited for has not happened yet

Adapters raise these `from` the vendor's own error. A message says what happened, to whom, and what to do
about it; it is at most `MESSAGE_LIMIT` characters and never holds a secret, because it ends up in workflow
histories, in comments on pull requests and in logs.
"""

from domain.phases import Reason

MESSAGE_LIMIT = 1_000
"""Characters of a message that are kept: enough for a cause, a cure and the last lines of a log."""


class MatineeError(Exception):
    """Something that a person should read. `reason` comes from a closed list, so that it can be filtered by."""

    def __init__(self, message: str, *, reason: Reason = Reason.UNKNOWN) -> None:
        self.message = shortened(message)
        self.reason = reason
        super().__init__(self.message)


class PermanentError(MatineeError):
    """Asking again cannot help until somebody changes something."""


class TemporaryError(MatineeError):
    """Asking again may help, not before `retry_after` seconds have passed if that is given."""

    def __init__(self, message: str, *, reason: Reason = Reason.UNKNOWN, retry_after: float | None = None) -> None:
        super().__init__(message, reason=reason)
        self.retry_after = retry_after


class NotYet(TemporaryError):  # noqa: N818 - it is an answer, not a failure
    """What is waited for has not happened yet; nothing is wrong."""


def shortened(message: str) -> str:
    """The message in at most MESSAGE_LIMIT characters; the middle goes, as cause and last line stand at the ends."""
    if len(message) <= MESSAGE_LIMIT:
        return message
    half = (MESSAGE_LIMIT - 3) // 2
    return f"{message[:half]}\n…\n{message[-half:]}"
