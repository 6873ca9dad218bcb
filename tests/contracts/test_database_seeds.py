"""What every database promises of seeds, the fake one included."""

import pytest

from domain.errors import PermanentError, TemporaryError
from domain.phases import Reason
from domain.resources import Connection, Seed
from tests.contracts.database_bench import (
    DatabaseBench,
    DatabaseBenchMaker,
    branching,
    database_benches,
    new_key,
    new_seed,
    no_beat,
)


@pytest.fixture(params=database_benches())
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
