"""What only PostgreSQL can promise: keys, what blocks a drop, secrets, and the end of what nobody waits for."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from adapters.databases.passwords import KeyRing
from adapters.databases.postgres import PostgresDatabase
from domain.errors import PermanentError, TemporaryError
from domain.names import database_name
from domain.phases import Reason
from domain.resources import Seed
from embedded.postgres import Postgres
from tests.adapters.databases.servers import RING, adapter, count, entered, new_installation, read, write
from tests.contracts.database_bench import branching, new_key, new_seed, no_beat, removal
from tests.waiting import until

pytestmark = pytest.mark.server

NEWER = KeyRing({"2": b"the second key of these tests ..", **RING.keys})
_COPIES = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND query LIKE 'CREATE DATABASE%'"


async def test_a_new_key_takes_effect_at_the_next_branching(postgres: Postgres) -> None:
    """I put a new key first; the next rollout changes the password, keeps the data and names the key."""
    installation, request = new_installation(), branching(new_key("acme/ring"))
    before = adapter(postgres, installation)
    old = await before.connection(await before.branch(request, no_beat))
    await write(old, "kept")

    after = adapter(postgres, installation, NEWER)
    ref = await after.branch(request, no_beat)

    assert ref.password_key == "2"
    assert await read(await after.connection(ref)) == ("kept",)
    with pytest.raises(PermissionError):
        await read(old)


async def test_a_worker_without_the_servers_key_does_not_start(postgres: Postgres) -> None:
    """I am told which key is missing before anything is changed, and a good ring passes."""
    installation = new_installation()
    newer = adapter(postgres, installation, NEWER)
    request = branching(new_key("acme/ring"))
    connection = await newer.connection(await newer.branch(request, no_beat))
    older = adapter(postgres, installation)
    other = adapter(postgres, installation, KeyRing({"2": b"not the second key of these test"}))

    await newer.verify_ring()
    for wrong in (older, other):
        with pytest.raises(PermanentError, match="'2'") as refused:
            await wrong.verify_ring()
        with pytest.raises(PermanentError):
            await wrong.branch(request, no_beat)
        assert refused.value.reason is Reason.SETTINGS
    assert await read(connection) == ()


async def test_a_password_that_the_preview_changed_is_put_back(postgres: Postgres) -> None:
    """A preview that locks itself out, or sets its role up strangely, is mended by the next rollout."""
    database, request = adapter(postgres, new_installation()), branching(new_key("acme/odd"))
    ref = await database.branch(request, no_beat)
    connection = await database.connection(ref)
    async with entered(connection.url) as session:
        await session.execute(f"ALTER ROLE {ref.name} SET search_path = nowhere")
        await session.execute(f"ALTER ROLE {ref.name} PASSWORD 'changed'")

    await database.branch(request, no_beat)

    async with entered(connection.url) as session:
        assert "public" in str(await session.fetchval("SHOW search_path"))


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


async def test_no_secret_is_shown_by_the_server(postgres: Postgres) -> None:
    """Comments and settings, which every role can read, hold no password and no key."""
    database = adapter(postgres, new_installation())
    connection = await database.connection(await database.branch(branching(new_key("acme/quiet")), no_beat))
    password = connection.url.split(":")[2].split("@")[0]
    async with entered(postgres.superuser_url) as session:
        shown = await session.fetch(
            "SELECT description FROM pg_shdescription UNION ALL SELECT setconfig::text FROM pg_db_role_setting"
        )

    text = " ".join(str(row[0]) for row in shown) + repr(connection) + repr(database.workplace)
    assert password not in text
    assert postgres.password not in text


async def test_a_wrong_password_of_ours_is_told_without_it(postgres: Postgres) -> None:
    """The error says what to look at and shows no secret."""
    database = PostgresDatabase(
        instance="main",
        installation="matinee",
        host=postgres.host,
        port=postgres.port,
        user="matinee",
        password="planted-secret",
        key_ring=RING,
        now=adapter(postgres, "matinee").workplace.now,
    )

    with pytest.raises(PermanentError) as refused:
        await database.list()

    assert refused.value.reason is Reason.SETTINGS
    assert "planted-secret" not in str(refused.value) + str(refused.value.__cause__)


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


async def test_a_prepared_server_lacks_nothing(postgres: Postgres) -> None:
    """What `matinee up` sets up passes the doctor."""
    assert await adapter(postgres, new_installation()).examine() == ()


@asynccontextmanager
async def _bare_role(postgres: Postgres, name: str) -> AsyncGenerator[None]:
    """A role with the password of ours and no rights, and a database of the same name, as pg_hba.conf wants it."""
    async with entered(postgres.superuser_url) as session:
        await session.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{postgres.password}'")
        await session.execute(f"CREATE DATABASE {name}")
        yield
        await session.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await session.execute(f"DROP ROLE {name}")


async def test_the_doctor_names_what_is_missing_with_its_cure(postgres: Postgres) -> None:
    """I can paste what the doctor says into psql."""
    async with _bare_role(postgres, "bare"):
        said = "\n".join(await adapter(postgres, "any", user="bare", maintenance="bare").examine())

    for cure in (
        'ALTER ROLE "bare" CREATEDB;',
        'ALTER ROLE "bare" CREATEROLE;',
        'GRANT pg_signal_backend TO "bare";',
        'GRANT "seed_owner" TO "bare";',
        'REVOKE ALL ON DATABASE "bare" FROM PUBLIC;',
    ):
        assert cure in said


async def test_the_doctor_says_how_to_make_the_maintenance_database(postgres: Postgres) -> None:
    """Without it nothing works, so it is all that is said."""
    said = await adapter(postgres, "any", maintenance="nowhere").examine()

    assert said == ('the maintenance database is missing: CREATE DATABASE "nowhere" OWNER "matinee";',)


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
