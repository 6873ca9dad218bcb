"""What a preview's own role can do to others on the same server: nothing. The cases stand in isolation_cases.py."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import asyncpg
import pytest

from adapters.databases.postgres import PostgresDatabase
from adapters.databases.sessions import LOCKS
from domain.resources import Connection, DatabaseRef
from embedded.postgres import Postgres
from tests.adapters.databases.isolation_cases import ALLOWED, BUILT, DATABASES, REFUSED, Case
from tests.adapters.databases.servers import Session, adapter, entered, new_installation, read, write
from tests.contracts.database_bench import branching, new_key, new_seed, no_beat

pytestmark = pytest.mark.server

SHARE = 15
"""How many connections each preview may open."""


@dataclass(frozen=True)
class Neighbours:
    """Two previews of one seed on one server, and a session of each in its own database."""

    database: PostgresDatabase
    session: Session
    mine: DatabaseRef
    url: str
    theirs: DatabaseRef
    their_session: Session
    their_connection: Connection
    seed: str

    def filled_in(self, text: str) -> str:
        """The text of a case with the names that it means."""
        their_pid = self.their_session.get_server_pid()
        return text.format(mine=self.mine.name, theirs=self.theirs.name, seed=self.seed, their_pid=their_pid)


@pytest.fixture(scope="module")
async def neighbours(postgres: Postgres) -> AsyncIterator[Neighbours]:
    """Made once, because none of these tests may change anything."""
    database, seed = adapter(postgres, new_installation()), new_seed()
    opened = await database.open_seed(seed)
    connection = await database.connection(opened)
    await write(connection, "seeded")
    async with entered(connection.url) as session:
        for statement in BUILT:
            await session.execute(statement)
    await database.seal(seed)
    mine, theirs = [await database.branch(branching(new_key("acme/near"), seed=seed), no_beat) for _ in range(2)]
    connection, their_connection = await database.connection(mine), await database.connection(theirs)
    async with entered(connection.url) as session, entered(their_connection.url) as their_session:
        yield Neighbours(database, session, mine, connection.url, theirs, their_session, their_connection, opened.name)


@asynccontextmanager
async def _undone(session: Session) -> AsyncGenerator[None]:
    """What the block did is undone at its end."""
    transaction = session.transaction()
    await transaction.start()
    try:
        yield
    finally:
        await transaction.rollback()


@pytest.mark.parametrize("name", DATABASES)
async def test_a_preview_enters_no_other_database(neighbours: Neighbours, name: str) -> None:
    """Not the neighbour's, not the seed, not the maintenance database, not the server's own."""
    with pytest.raises(PermissionError):
        async with entered(neighbours.url, neighbours.filled_in(name)):
            pass


@pytest.mark.parametrize("case", REFUSED, ids=str)
async def test_a_preview_reaches_nothing_outside(neighbours: Neighbours, case: Case) -> None:
    """The server refuses it for lack of a right."""
    with pytest.raises(asyncpg.PostgresError) as refused:
        await neighbours.session.execute(neighbours.filled_in(case.statement))

    assert refused.value.sqlstate == case.refused, refused.value


@pytest.mark.parametrize("case", ALLOWED, ids=str)
async def test_a_preview_does_what_it_likes_with_its_own(neighbours: Neighbours, case: Case) -> None:
    """Migrations can alter and drop whatever the seed brought, and install trusted extensions."""
    async with _undone(neighbours.session):
        await neighbours.session.execute(neighbours.filled_in(case.statement))


async def test_a_preview_vacuums_its_own(neighbours: Neighbours) -> None:
    """What takes no transaction works too, as migrations that build indexes concurrently need it."""
    await neighbours.session.execute("VACUUM notes")
    await neighbours.session.execute("CREATE INDEX CONCURRENTLY passing ON notes (note)")
    await neighbours.session.execute("DROP INDEX CONCURRENTLY passing")


async def test_a_preview_owns_all_that_is_inside(neighbours: Neighbours) -> None:
    """Nothing that the seed brought is left with another owner; several changes of a migration go together."""
    owners = await neighbours.session.fetch(
        "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace IN "
        "(SELECT oid FROM pg_namespace WHERE nspname IN ('public', 'app'))"
    )
    async with _undone(neighbours.session):
        for statement in (
            "ALTER TABLE notes ADD COLUMN author text",
            "CREATE INDEX ON notes (note)",
            "CREATE EXTENSION citext",
            "ALTER SEQUENCE notes_id_seq RESTART 1000",
            "CREATE SCHEMA another CREATE TABLE thing (id int)",
            "DROP TABLE notes CASCADE",
            "ALTER SCHEMA public RENAME TO earlier",
        ):
            await neighbours.session.execute(statement)

    assert {row[0] for row in owners} == {neighbours.mine.name}


async def test_a_preview_cannot_end_a_neighbours_session(neighbours: Neighbours) -> None:
    """Nobody throws another preview out."""
    async with entered(neighbours.their_connection.url) as theirs:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await neighbours.session.execute(f"SELECT pg_terminate_backend({theirs.get_server_pid()})")


async def test_a_preview_does_not_see_what_a_neighbour_asks(neighbours: Neighbours) -> None:
    """The list of sessions shows that there is one, and neither its statement nor its address."""
    question = "SELECT query, client_addr FROM pg_stat_activity WHERE datname = $1"

    shown = await neighbours.session.fetch(question, neighbours.theirs.name)

    assert {tuple(row) for row in shown} == {("<insufficient privilege>", None)}


async def test_a_preview_cannot_let_others_in(neighbours: Neighbours) -> None:
    """Granting its own database to everybody is no error, and changes nothing."""
    name = neighbours.mine.name
    question = "SELECT datacl::text FROM pg_database WHERE datname = $1"
    before = await neighbours.session.fetchval(question, name)

    granted = await neighbours.session.execute(f"GRANT CONNECT ON DATABASE {name} TO PUBLIC")

    assert granted == "GRANT"
    assert await neighbours.session.fetchval(question, name) == before


async def test_a_grant_by_mistake_lets_no_preview_in(neighbours: Neighbours, postgres: Postgres) -> None:
    """Where an operator opened a database to everybody, the second wall still stands: pg_hba.conf lets nobody in."""
    name = neighbours.theirs.name
    async with entered(postgres.url) as session:
        await session.execute(f"GRANT CONNECT ON DATABASE {name} TO PUBLIC")
        with pytest.raises(PermissionError, match=r"pg_hba\.conf"):
            async with entered(neighbours.url, name):
                pass
        await session.execute(f"REVOKE CONNECT ON DATABASE {name} FROM PUBLIC")


async def test_a_previews_locks_hold_up_nobody_else(neighbours: Neighbours) -> None:
    """A lock that the neighbour, or an ill-meaning preview, takes in its own database counts for nothing outside."""
    name = neighbours.theirs.name
    await neighbours.their_session.execute("SELECT pg_advisory_lock(1)")
    await neighbours.session.execute("SELECT pg_advisory_lock($1, hashtext($2))", LOCKS, name)

    free = await neighbours.session.fetchval("SELECT pg_try_advisory_lock(1)")
    busy = await neighbours.database.busy(neighbours.theirs.label)

    await neighbours.session.execute("SELECT pg_advisory_unlock_all()")
    await neighbours.their_session.execute("SELECT pg_advisory_unlock_all()")
    assert free
    assert not busy


async def test_a_preview_has_its_share_of_connections_only(neighbours: Neighbours, postgres: Postgres) -> None:
    """One preview with a leak does not use up the server, whichever of its limits one looks at."""
    async with entered(postgres.superuser_url) as session:
        question = "SELECT datconnlimit FROM pg_database WHERE datname = $1"
        role_question = "SELECT rolconnlimit FROM pg_roles WHERE rolname = $1"
        limits = [await session.fetchval(each, neighbours.mine.name) for each in (question, role_question)]

    # The few that only its database has are for Matinee, which would else not get in to drop what a role was given.
    assert limits == [SHARE + 5, SHARE]


async def test_one_connection_too_many_is_refused(neighbours: Neighbours) -> None:
    """The sixteenth is told that there are too many, and the neighbour still connects."""
    async with AsyncExitStack() as stack:
        for _ in range(SHARE - 1):
            await stack.enter_async_context(entered(neighbours.url))
        with pytest.raises(asyncpg.TooManyConnectionsError) as refused:
            await stack.enter_async_context(entered(neighbours.url))
        assert await read(neighbours.their_connection) == ("seeded",)

    assert refused.value.sqlstate == "53300"


async def test_a_neighbours_data_is_as_it_was(neighbours: Neighbours) -> None:
    """After all that was tried."""
    assert await read(neighbours.their_connection) == ("seeded",)
    assert not neighbours.their_session.is_closed()
