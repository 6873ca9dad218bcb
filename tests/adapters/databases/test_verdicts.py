"""Which of making, keeping, replacing and refusing is right for each state that a crash can leave."""

from dataclasses import replace

import pytest

from adapters.databases.inspecting import Found
from adapters.databases.marks import Kind, State
from adapters.databases.verdicts import Verdict, verdict
from domain.errors import PermanentError
from domain.phases import Reason
from tests.adapters.databases.test_marks import MARK

READY = Found(
    name="pr_shop_12",
    has_database=True,
    has_role=True,
    mark=MARK,
    role_mark=MARK,
    owned=True,
    connectable=True,
)
RIVAL = replace(MARK, installation="rival")


@pytest.mark.parametrize(
    ("found", "right"),
    [
        (Found(name="pr_shop_12"), Verdict.MAKE),
        (Found(name="pr_shop_12", has_role=True, role_mark=MARK), Verdict.MAKE),
        (READY, Verdict.KEEP),
        (replace(READY, mark=replace(MARK, generation=2)), Verdict.REPLACE),
        (replace(READY, mark=replace(MARK, state=State.CLONED)), Verdict.REPLACE),
        (replace(READY, mark=None, connectable=False), Verdict.REPLACE),
        (replace(READY, invalid=True), Verdict.REPLACE),
        (replace(READY, has_role=False, role_mark=None), Verdict.REPLACE),
    ],
    ids=["nothing", "role only", "ready", "older", "cloned", "unmarked copy", "interrupted drop", "no role"],
)
def test_what_is_ours_is_made_whole(found: Found, right: Verdict) -> None:
    """Only a ready database of this generation keeps its data; whatever else is ours is made again."""
    assert verdict(found, MARK) is right


@pytest.mark.parametrize(
    "found",
    [
        replace(READY, mark=RIVAL, role_mark=RIVAL),
        replace(READY, mark=replace(MARK, key="acme/shop#13")),
        replace(READY, mark=replace(MARK, kind=Kind.SEED)),
        replace(READY, mark=None),
        replace(READY, mark=None, connectable=False, owned=False),
        replace(READY, mark=None, connectable=False, has_role=False, role_mark=None),
        replace(READY, role_mark=None),
        replace(READY, role_mark=RIVAL),
        Found(name="pr_shop_12", has_role=True),
        replace(READY, mark=RIVAL, invalid=True),
    ],
    ids=["rival", "other key", "seed", "unmarked", "not owned", "no role", "strange role", "rival role", "role", "cut"],
)
def test_what_is_not_surely_ours_is_refused(found: Found) -> None:
    """A doubt about whose it is never costs anybody data."""
    with pytest.raises(PermanentError) as refused:
        verdict(found, replace(MARK, generation=9))

    assert refused.value.reason is Reason.NOT_OURS


def test_a_seed_whose_dropping_began_is_none() -> None:
    """A seed is branched only while it is whole, closed and protected."""
    seed = replace(READY, mark=replace(MARK, kind=Kind.SEED, state=State.SEALED), connectable=False, template=True)

    assert seed.sealed
    assert not replace(seed, template=False).sealed
    assert not replace(seed, connectable=True).sealed
    assert not replace(seed, invalid=True).sealed
