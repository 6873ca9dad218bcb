"""Branches in the order in which people look for them."""

from datetime import UTC, datetime, timedelta

from domain.branches import Branch, BranchKind, in_order
from domain.names import Key

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def test_branches_come_by_number_and_seeds_after_them_the_newest_first() -> None:
    """I find a pull request by its number, not by its digits, and the seed that is in use above older ones."""
    nine, ten = (Branch(name=f"pr_{n}", key=Key("acme/shop", n), repository="acme/shop") for n in (9, 10))
    older, newer = (
        Branch(name=f"seed_{days}", kind=BranchKind.SEED, repository="acme/a", made_at=NOW - timedelta(days=days))
        for days in (2, 1)
    )

    assert in_order((older, ten, newer, nine)) == (nine, ten, newer, older)
