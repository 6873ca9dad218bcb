"""A mark is what it was when it is read back, and anything else is no mark."""

from datetime import UTC, datetime

import pytest

from adapters.databases.marks import Kind, Mark, State, read, written
from domain.names import Key

MARK = Mark(
    installation="matinee",
    key="acme/shop#12",
    kind=Kind.BRANCH,
    label="shop-12",
    state=State.READY,
    generation=3,
    seed="seed_shop_3f9c21d0a1b2_5d41ab",
    password_key="1",
    password_proof="0123456789ab",
    made_at=datetime(2026, 11, 23, 12, tzinfo=UTC),
)


def test_a_mark_survives_the_comment() -> None:
    """What one worker wrote, another reads."""
    assert read(written(MARK)) == MARK


def test_a_mark_names_its_preview() -> None:
    """A database found on a server leads back to its pull request."""
    assert MARK.preview() == Key("acme/shop", 12)


@pytest.mark.parametrize(
    "comment",
    [None, "", "our analytics", "[]", "7", "null", '"matinee"', '{"matinee": 1}', '{"matinee": {"installation": "x"}}',
     written(MARK).replace("ready", "resting"), written(MARK).replace("2026", "never")],
)  # fmt: skip
def test_what_cannot_be_read_is_no_mark(comment: str | None) -> None:
    """Somebody else's comment never makes a database ours, whatever it says."""
    assert read(comment) is None
