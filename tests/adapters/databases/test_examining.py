"""The doctor looks at a server and says what it lacks."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from embedded.postgres import Postgres
from tests.adapters.databases.servers import adapter, entered, new_installation
from tests.servers import postgres_server

pytestmark = pytest.mark.server


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
        """ALTER ROLE "bare" SET client_connection_check_interval = '10s';""",
        'REVOKE ALL ON DATABASE "bare" FROM PUBLIC;',
    ):
        assert cure in said


async def test_the_doctor_says_how_to_make_the_maintenance_database(postgres: Postgres) -> None:
    """Without it nothing works, so it is all that is said."""
    said = await adapter(postgres, "any", maintenance="nowhere").examine()

    assert said == ('the maintenance database is missing: CREATE DATABASE "nowhere" OWNER "matinee";',)


async def test_the_doctor_counts_the_connections_that_are_left(open_folder: Path, postgres_version: str) -> None:
    """Before the next preview could use up the server's connections I am told how many it should have."""
    async with postgres_server(open_folder, postgres_version, max_connections="60") as server, AsyncExitStack() as used:
        database = adapter(server, "any")
        before = await database.examine()
        for _ in range(6):
            await used.enter_async_context(entered(server.superuser_url))
        (said,) = await database.examine()

    assert before == ()
    assert "ALTER SYSTEM SET max_connections = 61;" in said


async def test_the_doctor_tells_what_a_crash_left_where_it_may_look(open_folder: Path, postgres_version: str) -> None:
    """The files of a database that never came to be are named by their folder, and nobody deletes them but me."""
    leak = open_folder / "data" / "base" / "4711000"
    async with postgres_server(open_folder, postgres_version) as server:
        database = adapter(server, "any")
        leak.mkdir()
        unseen = await database.examine()
        async with entered(server.superuser_url, "preview_admin") as administrator:
            await administrator.execute("GRANT EXECUTE ON FUNCTION pg_ls_dir(text) TO matinee")
        (said,) = await database.examine()
        assert leak.is_dir()
        leak.rmdir()
        after = await database.examine()

    assert "base: 4711000." in said
    assert (unseen, after) == ((), ())
