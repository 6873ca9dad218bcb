"""Keys and passwords: what changes them, and that nobody sees them."""

import pytest

from adapters.databases.passwords import KeyRing
from adapters.databases.postgres import PostgresDatabase
from domain.errors import PermanentError
from domain.phases import Reason
from embedded.postgres import Postgres
from tests.adapters.databases.servers import RING, adapter, entered, new_installation, read, write
from tests.contracts.database_bench import branching, new_key, no_beat

pytestmark = pytest.mark.server

NEWER = KeyRing({"2": b"the second key of these tests ..", **RING.keys})


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
