"""What only the fake database offers to tests: faults at every step, a log, and a count of what ran together."""

import asyncio

import pytest

from domain.errors import TemporaryError
from tests.contracts.database_bench import branching, new_key, no_beat, removal
from tests.fakes.databases import FakeDatabase


class _Fault:
    """Goes wrong once, at one step."""

    def __init__(self, step: str) -> None:
        self.step: str | None = step

    def __call__(self, step: str) -> None:
        if step == self.step:
            self.step = None
            raise TemporaryError(f"planted at {step}")


@pytest.mark.parametrize("step", ["branch", "branch:role", "branch:cloned", "branch:ready"])
async def test_a_branching_that_failed_anywhere_is_made_good(step: str) -> None:
    """What a fault left is in the list, and the next attempt ends as if nothing had been."""
    database, request = FakeDatabase(faults=_Fault(step)), branching(new_key())
    with pytest.raises(TemporaryError, match=step):
        await database.branch(request, no_beat)
    assert len(await database.list()) == len(database.server.stores) + len(database.server.roles)

    ref = await database.branch(request, no_beat)

    assert database.server.read(await database.connection(ref)) == ()


@pytest.mark.parametrize("step", ["drop", "drop:database", "drop:role"])
async def test_a_drop_that_failed_anywhere_is_finished_by_the_next(step: str) -> None:
    """Nothing is left once a drop has succeeded."""
    database, key = FakeDatabase(faults=_Fault(step)), new_key()
    await database.branch(branching(key), no_beat)
    with pytest.raises(TemporaryError, match=step):
        await database.drop(removal(database, key))

    await database.drop(removal(database, key))

    assert (database.server.stores, database.server.roles) == ({}, {})


async def test_what_ran_together_is_counted() -> None:
    """A test of the throttle can see that its limit held."""
    database = FakeDatabase()
    requests = [branching(new_key()) for _ in range(3)]

    await asyncio.gather(*(database.branch(request, no_beat) for request in requests))

    assert database.most_at_once == 3
    assert [verb for verb, _ in database.log] == ["branch"] * 3
