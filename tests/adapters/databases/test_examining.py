"""The doctor looks at a server and says what it lacks."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from embedded.postgres import Postgres
from tests.adapters.databases.servers import adapter, entered, new_installation

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
        'REVOKE ALL ON DATABASE "bare" FROM PUBLIC;',
    ):
        assert cure in said


async def test_the_doctor_says_how_to_make_the_maintenance_database(postgres: Postgres) -> None:
    """Without it nothing works, so it is all that is said."""
    said = await adapter(postgres, "any", maintenance="nowhere").examine()

    assert said == ('the maintenance database is missing: CREATE DATABASE "nowhere" OWNER "matinee";',)
