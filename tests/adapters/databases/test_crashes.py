"""A worker that dies after any statement leaves nothing that is not found, and a repeat makes all good."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from adapters.databases.postgres import PostgresDatabase
from adapters.databases.seeds import ABANDONED
from adapters.databases.workplaces import seed_name
from domain.names import Key, database_name, label_of
from domain.resources import Seed
from embedded.postgres import Postgres
from tests.adapters.databases.crashing import deaths
from tests.adapters.databases.servers import adapter, count, new_installation, read, write
from tests.contracts.database_bench import branching, new_key, new_seed, no_beat, removal
from tests.waiting import until

pytestmark = [pytest.mark.server, pytest.mark.slow]


async def _listed(database: PostgresDatabase, key: Key) -> int:
    return len([each for each in await database.list() if each.key == key])


async def _seed(database: PostgresDatabase) -> Seed:
    seed = new_seed()
    await write(await database.connection(await database.open_seed(seed)), "seeded")
    await database.seal(seed)
    return seed


async def test_a_branching_that_died_anywhere_is_made_good(postgres: Postgres) -> None:
    """Wherever the worker died, what it left is in the list, and the next attempt makes the same preview."""
    installation = new_installation()
    database = adapter(postgres, installation)
    seed, key = await _seed(database), new_key("acme/crash")
    name = database_name(label_of(key, home="acme"))

    generation = 0
    async for worker in deaths(postgres, installation):
        generation += 1
        request = branching(key, generation=generation, seed=seed)
        await worker.does(worker.database.branch(request, no_beat))
        assert await _listed(database, key) == await count(postgres, name)
        ref = await database.branch(request, no_beat)
        assert await read(await database.connection(ref)) == ("seeded",)


async def test_a_first_branching_that_died_anywhere_can_be_dropped(postgres: Postgres) -> None:
    """A pull request that closes while its worker dies leaves nothing, though no branching is repeated."""
    installation = new_installation()
    database, key = adapter(postgres, installation), new_key("acme/crash")
    name = database_name(label_of(key, home="acme"))

    async for worker in deaths(postgres, installation):
        request = branching(key)
        await worker.does(worker.database.branch(request, no_beat))
        assert await _listed(database, key) == await count(postgres, name)
        await database.drop(removal(database, key))
        assert await count(postgres, name) == 0


async def test_a_drop_that_died_anywhere_is_finished_by_the_next(postgres: Postgres) -> None:
    """Whatever is left of a preview is still in the list, until a repeated drop has removed it all."""
    installation = new_installation()
    database, key = adapter(postgres, installation), new_key("acme/crash")
    name = database_name(label_of(key, home="acme"))

    async for worker in deaths(postgres, installation):
        await database.branch(branching(key), no_beat)
        wanted = removal(database, key)
        await worker.does(worker.database.drop(wanted))
        assert await _listed(database, key) == await count(postgres, name)
        await database.drop(wanted)
        assert await count(postgres, name) == 0


async def test_a_sealing_that_died_anywhere_is_finished_by_the_next(postgres: Postgres) -> None:
    """A seed is sealed whole or not at all; repeated, the sealing ends, and the builder's role is gone."""
    installation = new_installation()
    database = adapter(postgres, installation)

    async for worker in deaths(postgres, installation):
        seed = new_seed()
        ref = await database.open_seed(seed)
        await write(await database.connection(ref), "seeded")
        await worker.does(worker.database.seal(seed))
        await database.seal(seed)
        assert await count(postgres, ref.name) == 1
        assert await database.sealed(seed)


async def test_a_dropping_of_seeds_that_died_anywhere_is_finished_by_the_next(postgres: Postgres) -> None:
    """No seed is left between being there and being gone: the next pruning drops it, or a building replaces it."""
    installation = new_installation()
    database = adapter(postgres, installation)

    async for worker in deaths(postgres, installation):
        seed = await _seed(database)
        await worker.does(worker.database.drop_seeds(seed.repository, 0))
        if not await database.sealed(seed):
            ref = await database.open_seed(seed)
            await database.seal(seed)
            assert await count(postgres, ref.name) == 1
        assert len(await database.drop_seeds(seed.repository, 0)) == 1


def _days_later(postgres: Postgres, installation: str) -> PostgresDatabase:
    """The adapter on a day on which nobody can still be building what was begun today."""
    database = adapter(postgres, installation)
    database.workplace = replace(database.workplace, now=lambda: datetime.now(UTC) + 2 * ABANDONED)
    return database


async def _given_up(later: PostgresDatabase, postgres: Postgres, seed: Seed) -> None:
    """Nothing of the half-built seed is left in the catalogue, as soon as the dead worker's session has ended."""

    async def gone() -> bool:
        await later.drop_seeds(seed.repository, 0)
        return await count(postgres, seed_name(seed)) == 0

    await until(gone, f"{seed_name(seed)} is gone")


async def test_an_opening_of_a_seed_that_died_anywhere_is_found(postgres: Postgres) -> None:
    """Wherever the worker died, what it left is dropped once it is old, though nobody opens that seed again."""
    installation = new_installation()
    later = _days_later(postgres, installation)

    async for worker in deaths(postgres, installation):
        seed = new_seed()
        await worker.does(worker.database.open_seed(seed))
        await _given_up(later, postgres, seed)


async def test_an_opening_of_a_seed_that_died_anywhere_is_made_good(postgres: Postgres) -> None:
    """Dying while it replaces a half-built seed, or makes one, costs nothing: the next opens the same seed, empty."""
    installation = new_installation()
    database, later = adapter(postgres, installation), _days_later(postgres, installation)

    async for worker in deaths(postgres, installation):
        seed = new_seed()
        await write(await database.connection(await database.open_seed(seed)), "half")
        await worker.does(worker.database.open_seed(seed))
        assert await read(await database.connection(await database.open_seed(seed))) == ()
        await _given_up(later, postgres, seed)
