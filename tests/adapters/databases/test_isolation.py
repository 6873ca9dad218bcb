"""What a preview's own role can do to others on the same server: nothing."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import asyncpg
import pytest

from domain.resources import Connection, DatabaseRef
from embedded.postgres import Postgres
from tests.adapters.databases.servers import Session, adapter, entered, new_installation, read, write
from tests.contracts.database_bench import branching, new_key, new_seed, no_beat

pytestmark = pytest.mark.server


@dataclass(frozen=True)
class Neighbours:
    """Two previews of one seed on one server, and a session of the first in its own database."""

    session: Session
    mine: DatabaseRef
    url: str
    theirs: DatabaseRef
    their_connection: Connection
    seed: str


@pytest.fixture(scope="module")
async def neighbours(postgres: Postgres) -> AsyncIterator[Neighbours]:
    """Made once, because none of these tests may change anything."""
    database, seed = adapter(postgres, new_installation()), new_seed()
    opened = await database.open_seed(seed)
    await write(await database.connection(opened), "seeded")
    await database.seal(seed)
    mine, theirs = [await database.branch(branching(new_key("acme/near"), seed=seed), no_beat) for _ in range(2)]
    connection = await database.connection(mine)
    async with entered(connection.url) as session:
        their_connection = await database.connection(theirs)
        yield Neighbours(session, mine, connection.url, theirs, their_connection, opened.name)


async def test_a_preview_enters_no_other_database(neighbours: Neighbours) -> None:
    """Not the neighbour's, not the seed, not the maintenance database, not the server's own."""
    for name in (neighbours.theirs.name, neighbours.seed, "preview_admin", "postgres", "template1", "template0"):
        with pytest.raises(PermissionError):
            async with entered(neighbours.url, name):
                pass


@pytest.mark.parametrize(
    "statement",
    [
        "DROP DATABASE {theirs}",
        "DROP DATABASE {mine}",
        "CREATE DATABASE pr_taken TEMPLATE {theirs}",
        "CREATE DATABASE pr_taken TEMPLATE {seed}",
        "CREATE ROLE pr_taken",
        "ALTER ROLE {theirs} PASSWORD 'x'",
        "ALTER ROLE {mine} CREATEDB",
        "ALTER ROLE {mine} CONNECTION LIMIT 1000",
        "ALTER DATABASE {mine} CONNECTION LIMIT 1000",
        "GRANT {theirs} TO {mine}",
        "GRANT CONNECT ON DATABASE {theirs} TO {mine}",
        "SET ROLE {theirs}",
        "SET ROLE matinee",
        "SET ROLE seed_owner",
        "SET SESSION AUTHORIZATION {theirs}",
        "REASSIGN OWNED BY seed_owner TO {mine}",
        "COMMENT ON DATABASE {mine} IS 'mine'",
        "COMMENT ON DATABASE {theirs} IS 'mine'",
        "COMMENT ON ROLE {mine} IS 'mine'",
        "COPY notes TO PROGRAM 'id'",
        "COPY notes FROM '/etc/passwd'",
        "SELECT pg_read_file('postgresql.conf')",
        "SELECT pg_ls_dir('base')",
        "SELECT * FROM pg_authid",
        "SELECT pg_create_physical_replication_slot('taken')",
        "ALTER SYSTEM SET work_mem = '1GB'",
        "CREATE EXTENSION dblink",
        "CREATE EXTENSION postgres_fdw",
        "SELECT lo_import('/etc/passwd')",
    ],
)
async def test_a_preview_reaches_nothing_outside(neighbours: Neighbours, statement: str) -> None:
    """The server refuses it for lack of a right."""
    names = {"mine": neighbours.mine.name, "theirs": neighbours.theirs.name, "seed": neighbours.seed}

    with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.FeatureNotSupportedError)):
        await neighbours.session.execute(statement.format(**names))


async def test_a_preview_cannot_end_a_neighbours_session(neighbours: Neighbours) -> None:
    """Nobody throws another preview out."""
    async with entered(neighbours.their_connection.url) as theirs:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await neighbours.session.execute(f"SELECT pg_terminate_backend({theirs.get_server_pid()})")


async def test_a_preview_owns_all_that_is_inside(neighbours: Neighbours) -> None:
    """Migrations can alter and drop whatever the seed brought, and install trusted extensions."""
    transaction = neighbours.session.transaction()
    await transaction.start()
    for statement in (
        "ALTER TABLE notes ADD COLUMN author text",
        "CREATE INDEX ON notes (note)",
        "CREATE EXTENSION citext",
        "ALTER SEQUENCE notes_id_seq RESTART 1000",
        "CREATE SCHEMA app CREATE TABLE thing (id int)",
        "DROP TABLE notes CASCADE",
        "ALTER SCHEMA public RENAME TO earlier",
    ):
        await neighbours.session.execute(statement)
    await transaction.rollback()


async def test_a_preview_has_its_share_of_connections_only(neighbours: Neighbours, postgres: Postgres) -> None:
    """One preview with a leak does not use up the server."""
    async with entered(postgres.superuser_url) as session:
        question = "SELECT datconnlimit FROM pg_database WHERE datname = $1"
        role_question = "SELECT rolconnlimit FROM pg_roles WHERE rolname = $1"
        limits = {await session.fetchval(each, neighbours.mine.name) for each in (question, role_question)}

    assert limits == {15}


async def test_a_neighbours_data_is_as_it_was(neighbours: Neighbours) -> None:
    """After all that was tried."""
    assert await read(neighbours.their_connection) == ("seeded",)
