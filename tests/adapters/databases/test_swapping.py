"""Previews come and go while the seed is replaced again and again."""

import asyncio
from dataclasses import dataclass, field

import pytest

from adapters.databases.postgres import PostgresDatabase
from domain.resources import Seed
from embedded.postgres import Postgres
from tests.adapters.databases.servers import adapter, count, entered, new_installation
from tests.contracts.database_bench import branching, new_key, new_seed, no_beat, removal
from tests.waiting import until

pytestmark = [pytest.mark.server, pytest.mark.slow]

SWAPS = 20
LOOPS = 4
KEPT = 3
ROWS = 1000
"""What every version of the seed has; a copy with fewer is half a one."""


@dataclass
class Versions:
    """The newest sealed version of the seed, which previews are branched from, and what was seen of them."""

    repository: str
    newest: Seed
    swaps: int = 0
    over: bool = False
    seen: list[tuple[str, str, int]] = field(default_factory=list[tuple[str, str, int]])

    async def publish(self, database: PostgresDatabase) -> None:
        """A newer version is the newest, and the oldest ones are gone."""
        seed = await _built(database, self.repository)
        self.newest, self.swaps = seed, self.swaps + 1
        await database.drop_seeds(self.repository, KEPT)


async def _built(database: PostgresDatabase, repository: str) -> Seed:
    """One more version, sealed, whose every row names it."""
    seed = new_seed(repository)
    connection = await database.connection(await database.open_seed(seed))
    async with entered(connection.url) as session:
        await session.execute("CREATE TABLE rows (version text)")
        await session.execute("INSERT INTO rows SELECT $1 FROM generate_series(1, $2::int)", seed.fingerprint, ROWS)
    await database.seal(seed)
    return seed


async def _branch_and_drop(server: Postgres, database: PostgresDatabase, versions: Versions) -> None:
    """One preview after another is branched from the newest version and dropped, until the swapping is over."""
    while not versions.over:
        key, seed = new_key("acme/swap"), versions.newest
        ref = await database.branch(branching(key, seed=seed), no_beat)
        async with entered((await database.connection(ref)).url) as session:
            row = await session.fetchrow("SELECT min(version) AS version, count(DISTINCT version), count(*) FROM rows")
        assert row is not None
        versions.seen.append((seed.fingerprint, row["version"] if row[1] == 1 else "mixed", row[2]))
        await database.drop(removal(database, key))
        assert await count(server, ref.name) == 0


async def test_previews_come_and_go_while_the_seed_is_swapped(postgres18: Postgres) -> None:
    """Twenty new versions under four loops: no attempt fails, every copy is whole and of the newest version."""
    database = adapter(postgres18, new_installation())
    repository = new_seed().repository
    versions = Versions(repository, await _built(database, repository))
    async with asyncio.TaskGroup() as group:
        for _ in range(LOOPS):
            group.create_task(_branch_and_drop(postgres18, database, versions))
        for _ in range(SWAPS):
            before = len(versions.seen)
            await versions.publish(database)

            async def branched(before: int = before) -> bool:
                return len(versions.seen) > before

            await until(branched, "previews are branched between two swaps")
        versions.over = True

    assert versions.swaps == SWAPS
    assert [one for one in versions.seen if one[1:] != (one[0], ROWS)] == []
    assert len({version for version, _, _ in versions.seen}) >= SWAPS // 2
    assert await database.list() == ()
    left = await database.drop_seeds(repository, 0)
    assert len(left) == KEPT
