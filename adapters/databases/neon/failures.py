"""Neon's refusals in our errors, with its own words and without any secret."""

import re
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx
from pydantic import ValidationError

from adapters.databases.neon.answers import Complaint
from domain.errors import MatineeError, NotYet, PermanentError, TemporaryError
from domain.phases import Reason

PAUSE = 5.0
"""Seconds to wait where Neon asks for a pause and does not say how long."""

LONGEST_PAUSE = 300.0
"""A longer pause than this is not believed, or one wrong header would let a lease end unused."""

_WORDS = 300
_URI_PASSWORD = re.compile(r"(://[^\s:/@]+:)[^\s@]+(@)")
_NEON_PASSWORD = re.compile(r"\bnpg_\w+")
_HIDDEN = "••••"
_PASSING = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY}


class Refused(PermanentError):  # noqa: N818 - it is an answer of Neon's, which some of our own calls expect
    """Neon refuses what was asked; `status` and `said` are its answer."""

    def __init__(self, message: str, *, reason: Reason, status: int, said: str) -> None:
        super().__init__(message, reason=reason)
        self.status = status
        self.said = said


@dataclass(frozen=True)
class Masking:
    """Takes the API key, and whatever looks like a password, out of a text."""

    api_key: str = field(repr=False)

    def masked(self, text: str) -> str:
        """The text without secrets."""
        without_key = text.replace(self.api_key, _HIDDEN) if self.api_key else text
        return _NEON_PASSWORD.sub(_HIDDEN, _URI_PASSWORD.sub(rf"\1{_HIDDEN}\2", without_key))


def refusal(answer: httpx.Response, doing: str, masking: Masking) -> MatineeError:
    """Our error for an answer of Neon's that is none of success."""
    status, said = answer.status_code, words(answer, masking)
    if status == HTTPStatus.LOCKED:
        # Neon does one thing at a time in a project, so this is not a failure but a turn to wait for.
        return NotYet(f"{doing}: Neon is at work on something before it ({said})", retry_after=_pause(answer, 2.0))
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        message = f"{doing}: Neon's limit of requests is reached ({said})"
        return TemporaryError(message, reason=Reason.DATABASE_UNAVAILABLE, retry_after=_pause(answer, PAUSE))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _PASSING:
        message = f"{doing}: Neon answers {status} ({said})"
        return TemporaryError(message, reason=Reason.DATABASE_UNAVAILABLE, retry_after=_pause(answer, PAUSE))
    reason, cure = _meaning(status)
    return Refused(f"{doing}: Neon answers {status} ({said}); {cure}", reason=reason, status=status, said=said)


def unreadable(answer: httpx.Response, doing: str, masking: Masking, missing: str) -> MatineeError:
    """Our error for a success that holds none: an error of Neon's inside, or nothing that is Neon's at all."""
    if _complaint(answer):
        said = words(answer, masking)
        return PermanentError(f"{doing}: Neon answers with an error ({said})", reason=Reason.DATABASE_REFUSED)
    message = (
        f"{doing}: the answer is not one of Neon's ({missing or 'no JSON'}); is BASE_URL right, is a proxy between?"
    )
    return TemporaryError(message, reason=Reason.DATABASE_UNAVAILABLE, retry_after=PAUSE)


def unreachable(error: httpx.HTTPError, doing: str) -> TemporaryError:
    """Our error where no answer came. Whether it was done is not known, so the next attempt looks first."""
    message = f"{doing}: Neon does not answer ({type(error).__name__})"
    return TemporaryError(message, reason=Reason.DATABASE_UNAVAILABLE, retry_after=PAUSE)


def words(answer: httpx.Response, masking: Masking) -> str:
    """What Neon says in a refusal, masked before it is cut, or half of a secret would be left."""
    complaint = _complaint(answer)
    return masking.masked(complaint.message)[:_WORDS] if complaint else "without saying why"


def _complaint(answer: httpx.Response) -> Complaint | None:
    try:
        return Complaint.model_validate_json(answer.content)
    except ValidationError:
        return None


def _meaning(status: int) -> tuple[Reason, str]:
    if status == HTTPStatus.UNAUTHORIZED:
        return Reason.SETTINGS, "give MATINEE_DATABASES__<NAME>__API_KEY a key that is valid"
    if status == HTTPStatus.FORBIDDEN:
        return Reason.SETTINGS, "the API key may not do this in this project"
    if status == HTTPStatus.NOT_FOUND:
        return Reason.SETTINGS, "are PROJECT, PARENT, ROLE and DATABASE_NAME right, and may the API key see them?"
    return Reason.DATABASE_REFUSED, "see the project's limits and settings in Neon's console"


def _pause(answer: httpx.Response, otherwise: float) -> float:
    """The wait that Neon asked for, in seconds or as an instant (RFC 9110 §10.2.3)."""
    text = answer.headers.get("retry-after", "")
    if text.isdecimal():
        return min(float(text), LONGEST_PAUSE)
    try:
        told, now = parsedate_to_datetime(text), parsedate_to_datetime(answer.headers.get("date", ""))
    except ValueError:
        return otherwise
    return min(max((told - now).total_seconds(), 0.0), LONGEST_PAUSE)
