"""What every database promises, the fake one included."""

import asyncio
import importlib
from pathlib import Path
from typing import Any

import pytest

from domain.errors import PermanentError, TemporaryError
from domain.names import database_name, label_of
from domain.phases import Reason
from domain.resources import Connection, Seed
from tests.contracts.database_bench import (
    DatabaseBench,
    DatabaseBenchMaker,
    branching,
    new_key,
    new_seed,
    no_beat,
    removal,
)


def _benches() -> list[Any]:
    """A parameter for every bench that a `benches_*.py` beside this file offers."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("benches_*.py"))
    modules = [importlib.import_module(f"tests.contracts.{name}") for name in names]
    return [
        pytest.param(maker, id=name, marks=getattr(module, "DATABASE_MARKS", ()))
        for module in modules
        for name, maker in getattr(module, "DATABASE_BENCHES", {}).items()
    ]


@pytest.fixture(params=_benches())
def bench(request: pytest.FixtureRequest) -> DatabaseBench:
    """One server with two installations that have nothing on it yet."""
    maker: DatabaseBenchMaker = request.param
    return maker(request)


async def _built(bench: DatabaseBench, seed: Seed, *rows: str) -> Connection:
    """The seed is open and has these rows; how it was reached."""
    connection = await bench.database.connection(await bench.database.open_seed(seed))
    for row in rows:
        await bench.write(connection, row)
    return connection


async def _sealed(bench: DatabaseBench, *rows: str, repository: str | None = None) -> Seed:
    seed = new_seed(repository)
    await _built(bench, seed, *rows)
    await bench.database.seal(seed)
    return seed


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


async def test_dropping_leaves_nothing_and_may_be_repeated(bench: DatabaseBench) -> None:
    """What a closed pull request leaves on the server is nothing, and asking twice is no error."""
    key = new_key()
    ref = await bench.database.branch(branching(key), no_beat)
    wanted = removal(bench.database, key)

    receipts = [await bench.database.drop(wanted) for _ in range(2)]

    assert receipts == [wanted.entries, wanted.entries]
    assert await bench.names(ref.name) == 0
    assert await bench.database.list() == ()


async def test_the_entries_named_before_are_what_is_listed_after(bench: DatabaseBench) -> None:
    """The ledger that was written first is exactly what the server then shows."""
    key = new_key()
    label = label_of(key, home="acme")

    await bench.database.branch(branching(key, generation=4), no_beat)

    listed = await bench.database.list()
    assert {each.entry for each in listed} == set(bench.database.entries("main", label))
    assert {(each.key, each.label, each.generation) for each in listed} == {(key, label, 4)}


async def test_a_list_shows_ours_only(bench: DatabaseBench) -> None:
    """Two installations on one server do not see each other's previews, nor anybody's seeds."""
    ours, theirs = new_key(), new_key()
    await bench.database.branch(branching(ours), no_beat)
    await bench.rival.branch(branching(theirs), no_beat)
    await _sealed(bench, "a")

    assert {each.key for each in await bench.database.list()} == {ours}


async def test_what_another_installation_made_is_not_touched(bench: DatabaseBench) -> None:
    """Another installation's preview of the same name survives our branching and our drop."""
    key = new_key()
    connection = await bench.rival.connection(await bench.rival.branch(branching(key), no_beat))
    await bench.write(connection, "theirs")

    with pytest.raises(PermanentError) as branching_refused:
        await bench.database.branch(branching(key, generation=2), no_beat)
    with pytest.raises(PermanentError) as dropping_refused:
        await bench.database.drop(removal(bench.database, key))

    assert {branching_refused.value.reason, dropping_refused.value.reason} == {Reason.NOT_OURS}
    assert await bench.read(connection) == ("theirs",)


async def test_what_nobody_marked_is_not_touched(bench: DatabaseBench) -> None:
    """A database that somebody made by hand survives, whatever it is called."""
    key = new_key()
    name = database_name(label_of(key, home="acme"))
    await bench.foreign(name)

    with pytest.raises(PermanentError):
        await bench.database.branch(branching(key), no_beat)
    with pytest.raises(PermanentError) as refused:
        await bench.database.drop(removal(bench.database, key))

    assert refused.value.reason is Reason.NOT_OURS
    assert await bench.names(name) == 1


async def test_one_preview_cannot_enter_another(bench: DatabaseBench) -> None:
    """My preview's password opens my preview's database only."""
    mine = await bench.database.connection(await bench.database.branch(branching(new_key()), no_beat))
    ref = await bench.database.branch(branching(new_key()), no_beat)

    with pytest.raises(PermissionError):
        await bench.read(Connection(url=mine.url.rpartition("/")[0] + f"/{ref.name}"))


async def test_a_sealed_seed_is_what_a_branch_starts_with(bench: DatabaseBench) -> None:
    """My preview has the data of the seed, and what I change in it changes no other preview."""
    seed = await _sealed(bench, "a", "b")
    refs = [await bench.database.branch(branching(new_key(), seed=seed), no_beat) for _ in range(2)]
    mine, other = [await bench.database.connection(ref) for ref in refs]

    await bench.write(mine, "c")

    assert await bench.read(mine) == ("a", "b", "c")
    assert await bench.read(other) == ("a", "b")


async def test_a_half_built_seed_is_never_branched(bench: DatabaseBench) -> None:
    """No preview starts from a seed that is not complete, and the error says why."""
    seed = new_seed()
    await _built(bench, seed, "half")

    with pytest.raises(TemporaryError, match="still being built"):
        await bench.database.branch(branching(new_key(), seed=seed), no_beat)

    assert not await bench.database.sealed(seed)
    assert await bench.database.list() == ()


async def test_a_seed_that_is_not_there_keeps_the_old_data(bench: DatabaseBench) -> None:
    """A reset that cannot be carried out takes nothing away."""
    key = new_key()
    connection = await bench.database.connection(await bench.database.branch(branching(key), no_beat))
    await bench.write(connection, "kept")

    with pytest.raises(PermanentError) as refused:
        await bench.database.branch(branching(key, generation=2, seed=new_seed()), no_beat)

    assert refused.value.reason is Reason.SEED_FAILED
    assert await bench.read(connection) == ("kept",)


async def test_building_again_begins_empty(bench: DatabaseBench) -> None:
    """A seed whose building was broken off is built anew, and the old builder cannot enter it."""
    seed = new_seed()
    old = await _built(bench, seed, "half")

    new = await bench.database.connection(await bench.database.open_seed(seed))

    assert await bench.read(new) == ()
    with pytest.raises(PermissionError):
        await bench.write(old, "late")


async def test_a_sealed_seed_is_closed_and_stays(bench: DatabaseBench) -> None:
    """Nobody changes a seed once it is sealed, and sealing it twice is no error."""
    seed = new_seed()
    builder = await _built(bench, seed, "a")

    for _ in range(2):
        await bench.database.seal(seed)

    assert await bench.database.sealed(seed)
    with pytest.raises(PermissionError):
        await bench.write(builder, "late")
    with pytest.raises(PermanentError):
        await bench.database.open_seed(seed)


async def test_what_was_not_built_is_not_sealed(bench: DatabaseBench) -> None:
    """A seed does not come from nothing."""
    with pytest.raises(PermanentError) as refused:
        await bench.database.seal(new_seed())

    assert refused.value.reason is Reason.SEED_FAILED


async def test_only_the_newest_seeds_of_a_repository_stay(bench: DatabaseBench) -> None:
    """Old seeds go, another repository's and one that is being built do not; previews of old ones live on."""
    repository = new_seed().repository
    old, new = [await _sealed(bench, "a", repository=repository) for _ in range(2)]
    other, building = await _sealed(bench, "b"), new_seed(repository)
    await bench.database.open_seed(building)
    preview = await bench.database.connection(await bench.database.branch(branching(new_key(), seed=old), no_beat))

    dropped = await bench.database.drop_seeds(repository, 1)

    assert len(dropped) == 1
    assert [await bench.database.sealed(seed) for seed in (old, new, other)] == [False, True, True]
    await bench.database.seal(building)
    assert await bench.read(preview) == ("a",)


async def test_a_branching_at_work_is_seen(bench: DatabaseBench) -> None:
    """A lease whose holder is lost is given to nobody else while its branching still runs."""
    label = label_of(new_key(), home="acme")

    async with bench.held(database_name(label)):
        during = await bench.database.busy(label)

    assert during
    assert not await bench.database.busy(label_of(new_key(), home="acme"))


async def test_a_branching_ends_with_its_lease(bench: DatabaseBench) -> None:
    """What cannot be done within its lease is given up, before it begins and in the middle."""
    key = new_key()

    with pytest.raises(TemporaryError) as too_late:
        await bench.database.branch(branching(key, seconds=-1), no_beat)
    async with bench.held(database_name(label_of(key, home="acme"))):
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
    dropping = bench.database.drop(removal(bench.database, request.key))

    await asyncio.gather(dropping, bench.database.branch(request, no_beat))

    assert await bench.names(ref.name) in {0, 2}
    assert len(await bench.database.list()) == await bench.names(ref.name)
