"""No database: what does without one works, and what wants one is told why it gets none."""

from dataclasses import replace

import pytest

from adapters.databases.absent import AbsentDatabase
from domain.errors import PermanentError, TemporaryError
from domain.phases import Reason
from tests.contracts.database_bench import branching, new_key, new_seed, no_beat, removal
from tests.fakes.databases import FakeDatabase

ABSENT = AbsentDatabase(instance="main")


async def test_a_definition_that_wants_a_database_is_told_what_to_do() -> None:
    """The pull request says which of the two has to change."""
    with pytest.raises(PermanentError, match="leave `database` out of the definition") as refused:
        ABSENT.entries("main", "shop-12")
    assert refused.value.reason is Reason.DATABASE_REFUSED

    with pytest.raises(PermanentError):
        await ABSENT.branch(branching(new_key()), no_beat)


async def test_what_an_earlier_setting_made_is_not_called_gone() -> None:
    """An operator who takes the server out of the settings reads what is left there."""
    made = removal(FakeDatabase(), new_key())

    with pytest.raises(TemporaryError, match="give that one its name back") as blocked:
        await ABSENT.drop(made)
    assert blocked.value.reason is Reason.TEARDOWN_BLOCKED
    assert await ABSENT.drop(replace(made, entries=())) == ()


async def test_nothing_is_there() -> None:
    """Sweep and adoption find nothing, and no lease waits for it."""
    assert await ABSENT.list() == ()
    assert not await ABSENT.busy("shop-12")
    assert not await ABSENT.sealed(new_seed())
    assert await ABSENT.drop_seeds("acme/shop", 3) == ()
