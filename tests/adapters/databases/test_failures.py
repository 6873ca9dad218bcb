"""Each answer of the server becomes the error that says whether asking again helps."""

from dataclasses import dataclass

import asyncpg
import pytest

from adapters.databases.failures import told, translated
from domain.errors import PermanentError, TemporaryError
from domain.phases import Reason


def _answer(code: str, message: str = "no", detail: str | None = None) -> asyncpg.PostgresError:
    fields = {"C": code, "M": message, "S": "ERROR"} | ({"D": detail} if detail else {})
    return asyncpg.PostgresError.new(fields)


@pytest.mark.parametrize("code", ["55006", "55P03", "55000", "23505", "42P04", "3D000", "2BP01", "40P01", "XX000"])
def test_another_session_in_the_way_is_temporary(code: str) -> None:
    """What another session holds now is tried again, and a drop says that it is blocked."""
    error = told(_answer(code, detail="database pr_b"), "dropping pr_a", Reason.TEARDOWN_BLOCKED)

    assert isinstance(error, TemporaryError)
    assert error.reason is Reason.TEARDOWN_BLOCKED
    assert "database pr_b" in error.message


@pytest.mark.parametrize("code", ["08006", "53100", "53200", "53300", "57P01", "57P03", "58030", "25006"])
def test_a_server_in_trouble_is_temporary(code: str) -> None:
    """A server that is full, starting or going away may be back."""
    error = told(_answer(code), "branching pr_a")

    assert isinstance(error, TemporaryError)
    assert error.reason is Reason.DATABASE_UNAVAILABLE


def test_too_few_locks_come_with_the_cure() -> None:
    """An operator reads which setting to raise."""
    assert "max_locks_per_transaction" in told(_answer("53200", "out of shared memory"), "branching pr_a").message


@pytest.mark.parametrize(
    "words",
    [
        "permission denied to terminate process",
        "must be a superuser to terminate superuser process",
        "must be a member of the role whose process is being terminated or member of pg_signal_backend",
    ],
)
def test_a_session_that_may_not_be_ended_is_temporary(words: str) -> None:
    """Autovacuum leaves by itself, so a drop that met it is tried again; these are the words of 18 and of 15."""
    assert isinstance(told(_answer("42501", words), "dropping"), TemporaryError)


@pytest.mark.parametrize(
    ("code", "reason"),
    [("28P01", Reason.SETTINGS), ("42501", Reason.DATABASE_REFUSED), ("42601", Reason.DATABASE_REFUSED)],
)
def test_a_refusal_is_permanent(code: str, reason: Reason) -> None:
    """A right or a password that is missing comes from nobody but a person."""
    error = told(_answer(code), "branching pr_a")

    assert isinstance(error, PermanentError)
    assert error.reason is reason


@dataclass(frozen=True)
class _Case:
    """Something that goes wrong on the way, and what it is for us."""

    cause: Exception
    reason: Reason


@pytest.mark.parametrize(
    "case",
    [
        _Case(_answer("57014"), Reason.TIMED_OUT),
        _Case(TimeoutError(), Reason.TIMED_OUT),
        _Case(ConnectionRefusedError(), Reason.DATABASE_UNAVAILABLE),
        _Case(asyncpg.InterfaceError("connection is closed"), Reason.DATABASE_UNAVAILABLE),
    ],
    ids=["cancelled", "late", "refused", "lost"],
)
def test_whatever_happens_on_the_way_is_ours(case: _Case) -> None:
    """No error of the driver gets out, and the cause is kept."""
    with pytest.raises(TemporaryError) as raised, translated("branching pr_a"):
        raise case.cause

    assert raised.value.reason is case.reason
    assert raised.value.__cause__ is case.cause
