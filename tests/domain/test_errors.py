"""Errors: what people read is short, and keeps its cause and its end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.cures import CURES, cure
from domain.errors import MESSAGE_LIMIT, MatineeError, NotYet, PermanentError, TemporaryError, shortened
from domain.phases import Reason


@given(st.text(max_size=3 * MESSAGE_LIMIT))
def test_a_message_keeps_its_beginning_and_its_end(message: str) -> None:
    """However long a log is, its cause at the top and its last line are there, and it fits into a comment."""
    short = shortened(message)

    assert len(short) <= MESSAGE_LIMIT
    assert short[:400] == message[:400]
    assert short[-400:] == message[-400:]


def test_every_error_says_its_reason_and_words() -> None:
    """Whatever is raised can be filtered by and read."""
    for error in (
        PermanentError("no", reason=Reason.BUILD_FAILED),
        TemporaryError("later", reason=Reason.BUILD_FAILED, retry_after=3),
        NotYet("soon", reason=Reason.BUILD_FAILED),
    ):
        assert isinstance(error, MatineeError)
        assert error.reason is Reason.BUILD_FAILED
        assert str(error) == error.message


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_cure(reason: Reason) -> None:
    """Nobody is told what is wrong without what to do about it."""
    assert bool(cure(reason)) is (reason is not Reason.NONE)
    assert reason in CURES
