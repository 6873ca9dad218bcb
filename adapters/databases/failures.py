"""What PostgreSQL answers, in our errors: the only place that knows SQLSTATEs (its documentation, appendix A).

A message carries the server's own words, which name objects and roles. They never hold a password, because the
server is never told one.
"""

from collections.abc import Generator
from contextlib import contextmanager

import asyncpg

from domain.errors import MatineeError, PermanentError, TemporaryError
from domain.phases import Reason

_BUSY = {
    "55006": "somebody is connected to it or copies it",
    "55P03": "another session is at work on it",
    "55000": "it is not in a state for that yet",
    "23505": "somebody made one of that name at the same moment",
    "42P04": "somebody made one of that name at the same moment",
    "42710": "somebody made one of that name at the same moment",
    "3D000": "the database is not there any more",
    "2BP01": "something still depends on it",
    "40P01": "it met another session's locks",
    "XX000": "two sessions changed it at the same moment",
}
"""What passes when asked again: another session is in the way."""

_EXHAUSTED = {
    "53100": "its disk is full",
    "53200": "it is out of memory; if that names locks, raise max_locks_per_transaction to 1024 and restart it",
    "53300": "it has no connection left; raise max_connections or close sessions",
    "25006": "it only allows reading, as a standby does",
}
_AWAY = ("08", "53", "57P", "58", "25006")
_LOGIN = ("28000", "28P01")
_CANCELLED = "57014"
_NOT_ALLOWED = "42501"
_UNPREPARED = (_NOT_ALLOWED, "42704")


@contextmanager
def translated(doing: str, *, blocked: Reason = Reason.DATABASE_UNAVAILABLE) -> Generator[None]:
    """Whatever the server or the network answers inside is raised as ours; `blocked` is why it may not be done yet."""
    try:
        yield
    except asyncpg.PostgresError as error:
        raise told(error, doing, blocked) from error
    except TimeoutError as error:
        raise TemporaryError(f"{doing}: the time given to it is over", reason=_late(blocked)) from error
    except (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        message = f"{doing}: the database server cannot be reached; is it up, and its address right? ({error})"
        raise TemporaryError(message, reason=Reason.DATABASE_UNAVAILABLE, retry_after=5) from error


def told(error: asyncpg.PostgresError, doing: str, blocked: Reason = Reason.DATABASE_UNAVAILABLE) -> MatineeError:
    """Our error for the server's."""
    code, said = error.sqlstate or "", _words(error)
    if code == _CANCELLED:
        return TemporaryError(f"{doing}: the time given to it is over", reason=_late(blocked))
    if code in _BUSY or is_guarded(error):
        cause = _BUSY.get(code, "a session of the server itself is at work in it")
        return TemporaryError(f"{doing}: {cause} ({said})", reason=blocked, retry_after=5)
    if code.startswith(_AWAY):
        cause = _EXHAUSTED.get(code, "the database server is not available")
        return TemporaryError(f"{doing}: {cause} ({said})", reason=Reason.DATABASE_UNAVAILABLE, retry_after=10)
    if code in _LOGIN:
        cure = "check user, password and pg_hba.conf"
        return PermanentError(f"{doing}: the server refuses our login, {cure} ({said})", reason=Reason.SETTINGS)
    cure = "`matinee doctor` says what is missing" if code in _UNPREPARED else "see the server's log"
    return PermanentError(f"{doing}: the server refuses it, {cure} ({said})", reason=Reason.DATABASE_REFUSED)


def is_guarded(error: asyncpg.PostgresError) -> bool:
    """Whether it says that we may not end a session, as of autovacuum or of a superuser, that may leave by itself."""
    # The words differ between versions: 18 denies "to terminate process", 15 names one that "is being terminated".
    return error.sqlstate == _NOT_ALLOWED and "terminat" in str(error)


def _late(blocked: Reason) -> Reason:
    return Reason.TIMED_OUT if blocked is Reason.DATABASE_UNAVAILABLE else blocked


def _words(error: asyncpg.PostgresError) -> str:
    detail: str | None = getattr(error, "detail", None)
    return "; ".join(part for part in (error.sqlstate, str(error.args[0]) if error.args else "", detail) if part)
