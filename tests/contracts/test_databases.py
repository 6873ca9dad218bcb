"""What every database promises of a preview's own branch, the fake one included."""

import asyncio

import pytest

from domain.errors import PermanentError, TemporaryError
from domain.names import label_of
from domain.phases import Reason
from tests.contracts.database_bench import (
    DatabaseBench,
    DatabaseBenchMaker,
    branching,
    database_benches,
    new_key,
    no_beat,
    removal,
)


@pytest.fixture(params=database_benches())
def bench(request: pytest.FixtureRequest) -> DatabaseBench:
    """One server with two installations that have nothing on it yet."""
    maker: DatabaseBenchMaker = request.param
    return maker(request)


async def test_a_preview_reads_what_it_wrote(bench: DatabaseBench) -> None:
    """My preview has a database that it can use at once."""
    connection = await bench.database.connection(await bench.database.branch(branching(new_key()), no_beat))

    await bench.write(connection, "hello")

    assert await bench.read(connection) == ("hello",)


async def test_branching_twice_keeps_the_data(bench: DatabaseBench) -> None:
    """A repeated step of a rollout does not lose what I put into my preview."""
    request = branching(new_key())
    first = await bench.database.branch(request, no_beat)
    await bench.write(await bench.database.connection(first), "mine")

    second = await bench.database.branch(request, no_beat)

    assert second == first
    assert await bench.read(await bench.database.connection(second)) == ("mine",)


async def test_a_higher_generation_replaces_the_data(bench: DatabaseBench) -> None:
    """Resetting gives me a fresh database, and nobody enters it with the old password."""
    key = new_key()
    old = await bench.database.connection(await bench.database.branch(branching(key), no_beat))
    await bench.write(old, "old")

    ref = await bench.database.branch(branching(key, generation=2), no_beat)

    assert await bench.read(await bench.database.connection(ref)) == ()
    with pytest.raises(PermissionError):
        await bench.read(old)


async def test_a_lower_generation_is_refused_and_nothing_lost(bench: DatabaseBench) -> None:
    """A step of an older rollout that comes too late does not take my data away."""
    key = new_key()
    connection = await bench.database.connection(await bench.database.branch(branching(key, generation=3), no_beat))
    await bench.write(connection, "new")

    with pytest.raises(PermanentError) as refused:
        await bench.database.branch(branching(key, generation=2), no_beat)

    assert refused.value.reason is Reason.DATABASE_REFUSED
    assert await bench.read(connection) == ("new",)


async def test_dropping_what_was_made_since_is_refused_and_nothing_lost(bench: DatabaseBench) -> None:
    """A preview that was started anew keeps its data when a worker wakes up that was dropping the old ones."""
    key = new_key()
    connection = await bench.database.connection(await bench.database.branch(branching(key, generation=3), no_beat))
    await bench.write(connection, "new")

    with pytest.raises(PermanentError) as refused:
        await bench.database.drop(removal(bench.database, key, generation=2))

    assert refused.value.reason is Reason.DATABASE_REFUSED
    assert await bench.read(connection) == ("new",)


async def test_dropping_leaves_nothing_and_may_be_repeated(bench: DatabaseBench) -> None:
    """What a closed pull request leaves on the server is nothing, and asking twice is no error."""
    key = new_key()
    ref = await bench.database.branch(branching(key), no_beat)
    wanted = removal(bench.database, key)

    receipts = [await bench.database.drop(wanted) for _ in range(2)]

    assert receipts == [wanted.entries, wanted.entries]
    assert await bench.names(ref.name) == 0
    assert await bench.database.list() == ()


async def test_a_branching_at_work_is_seen(bench: DatabaseBench) -> None:
    """A lease whose holder is lost is given to nobody else while its branching still runs."""
    key = new_key()

    async with bench.held(key):
        during = await bench.database.busy(label_of(key, home="acme"))

    assert during
    assert not await bench.database.busy(label_of(new_key(), home="acme"))


async def test_a_branching_ends_with_its_lease(bench: DatabaseBench) -> None:
    """What cannot be done within its lease is given up, before it begins and in the middle."""
    key = new_key()

    with pytest.raises(TemporaryError) as too_late:
        await bench.database.branch(branching(key, seconds=-1), no_beat)
    async with bench.held(key):
        with pytest.raises(TemporaryError) as too_long:
            await bench.database.branch(branching(key, seconds=0.5), no_beat)

    assert {too_late.value.reason, too_long.value.reason} == {Reason.TIMED_OUT}


async def test_branchings_of_one_preview_at_once_come_to_the_same(bench: DatabaseBench) -> None:
    """Two workers that do the same step at the same time do no harm."""
    request = branching(new_key())

    refs = await asyncio.gather(*(bench.database.branch(request, no_beat) for _ in range(4)))

    assert len(set(refs)) == 1
    assert await bench.read(await bench.database.connection(refs[0])) == ()


async def test_a_drop_and_a_branching_at_once_leave_all_or_nothing(bench: DatabaseBench) -> None:
    """Whichever comes last, there is a whole preview's database or none."""
    request = branching(new_key())
    ref = await bench.database.branch(request, no_beat)
    wanted = removal(bench.database, request.key)

    await asyncio.gather(bench.database.drop(wanted), bench.database.branch(request, no_beat))

    assert await bench.names(ref.name) in {0, len(wanted.entries)}
    assert len(await bench.database.list()) == await bench.names(ref.name)
