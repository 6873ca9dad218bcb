"""What people, and other previews, leave in the way of a copy or a drop: it is told who, or taken away."""

from contextlib import AsyncExitStack

import pytest

from adapters.databases.postgres import PostgresDatabase
from domain.errors import TemporaryError
from domain.names import Key
from domain.phases import Reason
from domain.resources import DatabaseRef
from embedded.postgres import Postgres
from tests.adapters.databases.servers import adapter, count, entered, new_installation, read, write
from tests.contracts.database_bench import branching, new_key, new_seed, no_beat, removal

pytestmark = pytest.mark.server

NAMED = r"session \d+ of postgres \(somebody's psql\).*pg_terminate_backend\(\d+\);"
"""How somebody is named, with the cure."""


def _named(url: str, name: str) -> str:
    """The URL of this database for a person whose program has a name."""
    return f"{url.rpartition('/')[0]}/{name}?application_name=somebody%27s%20psql"


async def test_whoever_is_in_a_seed_is_told_at_once(postgres: Postgres) -> None:
    """A session that was left in a template is named with its cure, and my preview keeps the data that it has."""
    database, key, seed = adapter(postgres, new_installation()), new_key("acme/open"), new_seed()
    connection = await database.connection(await database.branch(branching(key), no_beat))
    await write(connection, "kept")
    opened = await database.open_seed(seed)
    await database.seal(seed)
    reset = branching(key, generation=2, seed=seed)

    async with entered(postgres.superuser_url) as administrator:
        await administrator.execute(f"ALTER DATABASE {opened.name} ALLOW_CONNECTIONS true")
        async with entered(_named(postgres.superuser_url, opened.name)):
            await administrator.execute(f"ALTER DATABASE {opened.name} ALLOW_CONNECTIONS false")
            with pytest.raises(TemporaryError, match=f"{opened.name} cannot be copied .*{NAMED}") as told:
                await database.branch(reset, no_beat)

    assert (told.value.reason, told.value.retry_after) == (Reason.DATABASE_UNAVAILABLE, 5)
    assert await read(connection) == ("kept",)
    await database.branch(reset, no_beat)


async def test_whoever_is_in_the_template_of_empty_databases_is_told_at_once(postgres: Postgres) -> None:
    """The same where there is no seed, for a preview and for the building of a seed."""
    database = adapter(postgres, new_installation())

    async with entered(_named(postgres.superuser_url, "template1")):
        for waiting in (database.branch(branching(new_key("acme/open")), no_beat), database.open_seed(new_seed())):
            with pytest.raises(TemporaryError, match=f"template1 cannot be copied .*{NAMED}"):
                await waiting

    assert await database.list() == ()


async def test_whoever_is_in_a_seed_is_told_before_it_is_sealed(postgres: Postgres) -> None:
    """A seed that nobody could copy is not sealed; once I have left it, sealing it again succeeds."""
    database, seed = adapter(postgres, new_installation()), new_seed()
    opened = await database.open_seed(seed)
    await write(await database.connection(opened), "seeded")

    async with entered(_named(postgres.superuser_url, opened.name)):
        with pytest.raises(TemporaryError, match=f"{opened.name} cannot be sealed .*{NAMED}"):
            await database.seal(seed)
        assert not await database.sealed(seed)

    await database.seal(seed)
    assert await database.sealed(seed)


async def _neighbours(database: PostgresDatabase) -> tuple[str, DatabaseRef, Key]:
    """How one preview connects, and another preview."""
    mine = await database.branch(branching(new_key("acme/near")), no_beat)
    key = new_key("acme/near")
    return (await database.connection(mine)).url, await database.branch(branching(key), no_beat), key


async def test_what_a_preview_grants_to_another_does_not_keep_it(postgres: Postgres) -> None:
    """A neighbour that gives my preview's role rights in its own database cannot keep it from being torn down."""
    database = adapter(postgres, new_installation())
    url, theirs, key = await _neighbours(database)
    async with entered(url) as mine:
        await mine.execute(f"CREATE TABLE bait (id int); GRANT SELECT ON bait TO {theirs.name}")
        await mine.execute(f"ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {theirs.name}")
        await mine.execute(f"CREATE POLICY bait ON bait TO {theirs.name} USING (true)")

        await database.drop(removal(database, key))

        assert await mine.fetchval("SELECT count(*) FROM bait") == 0
    assert await count(postgres, theirs.name) == 0


@pytest.mark.parametrize(
    "statement",
    ["ALTER ROLE CURRENT_USER IN DATABASE {theirs} SET work_mem = '1MB'", "GRANT SELECT ON bait TO {theirs}"],
    ids=["its database", "its role"],
)
async def test_a_previews_open_transaction_does_not_keep_another(postgres: Postgres, statement: str) -> None:
    """A neighbour that locks my preview's database or role, and stays idle, is thrown out of its transaction."""
    database = adapter(postgres, new_installation())
    url, theirs, key = await _neighbours(database)
    async with entered(url) as mine:
        await mine.execute("CREATE TABLE bait (id int)")
        await mine.execute("BEGIN")
        await mine.execute(statement.format(theirs=theirs.name))

        await database.drop(removal(database, key))

        assert mine.is_closed()
    assert await count(postgres, theirs.name) == 0


async def test_a_neighbour_that_leaves_no_connection_and_no_lock_free_keeps_nobody(postgres: Postgres) -> None:
    """What it granted to my role is taken back, though it uses all that it may, and locks what it granted."""
    database = adapter(postgres, new_installation())
    url, theirs, key = await _neighbours(database)
    async with AsyncExitStack() as stack:
        mine = [await stack.enter_async_context(entered(url)) for _ in range(database.workplace.connection_limit)]
        await mine[0].execute(f"CREATE TABLE bait (id int); GRANT SELECT ON bait TO {theirs.name}")
        await mine[0].execute("BEGIN; GRANT SELECT ON bait TO PUBLIC")

        await database.drop(removal(database, key))

    assert await count(postgres, theirs.name) == 0


async def test_an_administrators_lock_is_named(postgres: Postgres) -> None:
    """Whom we may not throw out is named, and after that the drop succeeds."""
    database, key = adapter(postgres, new_installation()), new_key("acme/open")
    ref = await database.branch(branching(key), no_beat)
    async with entered(postgres.superuser_url) as administrator:
        pid = administrator.get_server_pid()
        await administrator.execute("BEGIN")
        await administrator.execute(f"COMMENT ON DATABASE {ref.name} IS NULL")
        with pytest.raises(TemporaryError, match=f"session {pid} of postgres") as blocked:
            await database.drop(removal(database, key))
        await administrator.execute("ROLLBACK")

    assert blocked.value.reason is Reason.TEARDOWN_BLOCKED
    await database.drop(removal(database, key))
