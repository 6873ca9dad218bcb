"""GitHub's failures in our words: what was refused, and what a person has to change. No credential is in them."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, cast

import httpx
from githubkit.exception import GitHubException, RateLimitExceeded, RequestError, RequestFailed
from githubkit.response import Response
from pydantic import BaseModel, Field, ValidationError

from domain.errors import MatineeError, PermanentError, TemporaryError
from domain.phases import Reason

PAUSE = 60.0
"""Seconds to wait after a limit that names no time, as GitHub's documentation asks for."""

_WORDS = 300
_UNAUTHORIZED = 401
_FORBIDDEN = 403
_UNPROCESSABLE = 422
_TOO_MANY = 429
_BROKEN = 500
_MISSING = frozenset({404, 410})
_PASSING = frozenset({408, 409, 425})


class Absent(PermanentError):  # noqa: N818 - it is an answer, not a failure
    """GitHub answers 404 or 410: it is not there, or we may not know that it is."""


class _Complaint(BaseModel):
    message: str = ""
    errors: list[Any] = Field(default_factory=list[Any])


@contextmanager
def translated(deed: str) -> Generator[None]:
    """Whatever GitHub or the way to it raises inside becomes an error of ours; `deed` is what we wanted to do."""
    try:
        yield
    except GitHubException as error:
        raise failure_of(error, deed) from error
    except ValidationError as error:
        fields = ", ".join(sorted({".".join(map(str, each["loc"])) for each in error.errors()}))
        raise TemporaryError(
            f"could not {deed}: the answer is not one of GitHub's ({fields or 'no JSON'}); is a proxy in between?",
            reason=Reason.FORGE_UNAVAILABLE,
        ) from error


def failure_of(error: GitHubException, deed: str) -> MatineeError:
    """The error of ours that says the same as this one."""
    cause = _innermost(error)
    match cause:
        case RateLimitExceeded():
            return _limited(deed, cause.retry_after.total_seconds())
        case RequestFailed():
            return _refusal(cause.response, deed, for_token=cause is not error)
        case httpx.HTTPError() | TimeoutError():
            return TemporaryError(
                f"could not {deed}: GitHub does not answer ({type(cause).__name__})", reason=Reason.FORGE_UNAVAILABLE
            )
        case _:
            # What is left is raised while a request is signed, before any is sent.
            return PermanentError(
                f"could not {deed}: the App's private key cannot be used; give the whole PEM file that GitHub made",
                reason=Reason.SETTINGS,
            )


def _innermost(error: GitHubException) -> Exception:
    """What a token request fails with arrives wrapped in the failure of the request that needed the token."""
    cause: Exception = error
    while isinstance(cause, RequestError) and not isinstance(cause, RequestFailed):
        cause = cast("RequestError[Exception]", cause).exc
    return cause


def _limited(deed: str, seconds: float) -> TemporaryError:
    return TemporaryError(
        f"could not {deed} yet: GitHub's limit is reached; it asks for a pause of {seconds:.0f} s",
        reason=Reason.FORGE_UNAVAILABLE,
        retry_after=seconds,
    )


def _refusal(response: Response[Any, Any], deed: str, *, for_token: bool) -> MatineeError:
    status = response.status_code
    words = _words(response)
    if status == _TOO_MANY or (status == _FORBIDDEN and "rate limit" in words.lower()):
        return _limited(deed, PAUSE)
    if status >= _BROKEN or status in _PASSING:
        return TemporaryError(f"could not {deed}: GitHub answers {status} {words}", reason=Reason.FORGE_UNAVAILABLE)
    text = f"could not {deed}: GitHub answers {status} {words}; {_cure(response)}"
    # An App that is gone from a repository says nothing about what was looked for there.
    kind = Absent if status in _MISSING and not for_token else PermanentError
    return kind(text, reason=Reason.FORGE_REFUSED)


def _cure(response: Response[Any, Any]) -> str:
    status = response.status_code
    if status == _UNAUTHORIZED:
        return "renew the token, or check the App's id and its private key"
    if status == _FORBIDDEN:
        needed = response.headers.get("x-accepted-github-permissions", "")
        return f"give the App or the token the permission {needed}" if needed else "check what the App or token may do"
    if status in _MISSING:
        return "is the name right, and is the App installed there, or the token allowed to see it?"
    if status == _UNPROCESSABLE:
        return "this is a mistake of ours unless the repository restricts it"
    return "look it up in GitHub's documentation"


def _words(response: Response[Any, Any]) -> str:
    try:
        complaint = _Complaint.model_validate_json(response.content)
    except ValidationError:
        return "without saying why"
    details = f" {complaint.errors}" if complaint.errors else ""
    return f"{complaint.message}{details}"[:_WORDS]
