"""What only PostgreSQL can promise: what blocks a drop, and the end of what nobody waits for."""

import asyncio

import pytest

from adapters.databases.postgres import PostgresDatabase
from domain.errors import TemporaryError
from domain.names import database_name
from domain.phases import Reason
from domain.resources import Seed
from embedded.postgres import Postgres
from tests.adapters.databases.servers import RING, adapter, count, entered, new_installation, read, write
from tests.contracts.database_bench import branching, new_key, new_seed, no_beat, removal
from tests.waiting import until

pytestmark = pytest.mark.server

_COPIES = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND query LIKE 'CREATE DATABASE%'"


async def test_sessions_of_the_preview_do_not_stop_a_drop(postgres: Postgres) -> None:
    """An application that is still connected is thrown out."""
    database, key = adapter(postgres, new_installation()), new_key("acme/open")
    ref = await database.branch(branching(key), no_beat)
    async with entered((await database.connection(ref)).url) as session:
        await database.drop(removal(database, key))

        assert session.is_closed()
    assert await count(postgres, ref.name) == 0


async def test_what_blocks_a_drop_is_named(postgres: Postgres) -> None:
    """An administrator who is looking into a preview's database reads that it is them; then the drop succeeds."""
    database, key = adapter(postgres, new_installation()), new_key("acme/open")
    ref = await database.branch(branching(key), no_beat)
    async with entered(postgres.superuser_url, ref.name) as session:
        pid = session.get_server_pid()
        with pytest.raises(TemporaryError, match=f"session {pid} of postgres") as blocked:
            await database.drop(removal(database, key))

    assert blocked.value.reason is Reason.TEARDOWN_BLOCKED
    await database.drop(removal(database, key))
    assert await count(postgres, ref.name) == 0


async def test_a_server_that_is_not_there_is_temporary(postgres: Postgres) -> None:
    """A server that restarts is waited for."""
    database = PostgresDatabase(
        instance="main",
        installation="matinee",
        host=postgres.host,
        port=1,
        user="matinee",
        password="x",
        key_ring=RING,
        now=adapter(postgres, "matinee").workplace.now,
    )

    with pytest.raises(TemporaryError) as away:
        await database.busy("shop-12")

    assert away.value.reason is Reason.DATABASE_UNAVAILABLE


async def _large_seed(database: PostgresDatabase) -> Seed:
    """A seed of about 130 MB, which is copied by files."""
    seed = new_seed()
    connection = await database.connection(await database.open_seed(seed))
    await write(connection, "large")
    async with entered(connection.url) as session:
        await session.execute(
            "CREATE TABLE big AS SELECT repeat(md5(n::text), 30) AS text FROM generate_series(1, 125000) n"
        )
    await database.seal(seed)
    return seed


@pytest.mark.slow
async def test_a_large_seed_is_branched_and_a_cancelled_branching_ends_on_the_server(postgres: Postgres) -> None:
    """Cancelled in the middle of a copy, the server stops too; asked again, the preview has all of the data."""
    database, key = adapter(postgres, new_installation()), new_key("acme/large")
    request = branching(key, seed=await _large_seed(database))
    beats: list[int] = []
    running = asyncio.create_task(database.branch(request, lambda: beats.append(1)))
    async with entered(postgres.superuser_url) as session:

        async def copies() -> int:
            return int(await session.fetchval(_COPIES, f"matinee:{request.label}"))

        await until(copies, "the copy begins")
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

        async def idle() -> bool:
            return not await copies() and not await database.busy(request.label)

        await until(idle, "the server gives the copy up")
    ref = await database.branch(request, no_beat)

    assert beats
    assert ref.name == database_name(request.label)
    assert await read(await database.connection(ref)) == ("large",)
    await database.drop(removal(database, key))


async def test_nobody_waits_for_a_lock_for_ever(postgres: Postgres) -> None:
    """A migration, and the command that builds a seed, that meet a lock of their own other session are told soon."""
    database = adapter(postgres, new_installation())
    refs = [await database.open_seed(new_seed()), await database.branch(branching(new_key("acme/lock")), no_beat)]

    for ref in refs:
        async with entered((await database.connection(ref)).url) as session:
            assert await session.fetchval("SHOW lock_timeout") == "10s"
