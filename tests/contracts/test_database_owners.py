"""What every database promises about whose is what, the fake one included."""

import pytest

from domain.errors import PermanentError
from domain.names import database_name, label_of
from domain.phases import Reason
from tests.contracts.database_bench import (
    DatabaseBench,
    DatabaseBenchMaker,
    branching,
    database_benches,
    new_key,
    new_seed,
    no_beat,
    removal,
)


@pytest.fixture(params=database_benches())
def bench(request: pytest.FixtureRequest) -> DatabaseBench:
    """One server with two installations that have nothing on it yet."""
    maker: DatabaseBenchMaker = request.param
    return maker(request)


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
    seed = new_seed()
    await bench.database.open_seed(seed)
    await bench.database.seal(seed)

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
    refs = [await bench.database.branch(branching(new_key()), no_beat) for _ in range(2)]
    mine, other = [await bench.database.connection(ref) for ref in refs]

    with pytest.raises(PermissionError):
        await bench.read(await bench.elsewhere(mine, other))
    assert await bench.read(await bench.elsewhere(mine, mine)) == ()
