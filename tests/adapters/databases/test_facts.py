"""What PostgreSQL does in rare moments, each brought about on purpose: an attempt resumes, waits or refuses."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from adapters.databases.inspecting import INVALID
from adapters.databases.postgres import PostgresDatabase
from domain.errors import PermanentError, TemporaryError
from domain.names import database_name
from domain.phases import Reason
from domain.requests import BranchRequest
from domain.resources import Seed
from embedded.postgres import Postgres
from tests.adapters.databases.servers import Session, adapter, count, entered, new_installation, read, write
from tests.contracts.database_bench import branching, new_key, new_seed, no_beat, removal
from tests.servers import postgres_server
from tests.waiting import until

pytestmark = pytest.mark.server

_INTERRUPTED = "UPDATE pg_database SET datconnlimit = $2 WHERE datname = $1"
"""What an interrupted DROP DATABASE leaves in the catalogue; the files may be there or not."""

_COPYING = """
SELECT pid FROM pg_stat_activity WHERE application_name = $1 AND query LIKE 'CREATE DATABASE%'
AND EXISTS (SELECT FROM pg_ls_dir('base') f WHERE f ~ '^[0-9]+$' AND f::oid NOT IN (SELECT oid FROM pg_database))
"""
_VACUUMING = "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'autovacuum worker'"

BUSY_VACUUM = {"autovacuum_naptime": "1s", "autovacuum_vacuum_cost_delay": "100ms", "autovacuum_vacuum_cost_limit": "1"}
"""Settings under which an autovacuum worker comes soon and stays long."""


async def test_an_interrupted_drop_is_made_good(postgres: Postgres) -> None:
    """A database that only DROP works on is made again by the next branching, and goes with a teardown."""
    database, key = adapter(postgres, new_installation()), new_key("acme/cut")
    request = branching(key)
    ref = await database.branch(request, no_beat)
    async with entered(postgres.superuser_url) as administrator:
        await administrator.execute(_INTERRUPTED, ref.name, INVALID)
        again = await database.branch(request, no_beat)
        assert again == ref
        assert await read(await database.connection(again)) == ()
        await administrator.execute(_INTERRUPTED, ref.name, INVALID)

    await database.drop(removal(database, key))
    assert await count(postgres, ref.name) == 0


async def test_somebody_who_makes_the_same_name_at_the_same_moment_wins(postgres: Postgres) -> None:
    """We wait for a person who is making our name, say so, and refuse it from then on, as it is theirs."""
    database, request = adapter(postgres, new_installation()), branching(new_key("acme/race"))
    name = database_name(request.label)
    async with entered(postgres.superuser_url) as person:
        await person.execute("BEGIN")
        await person.execute(f"CREATE ROLE {name}")
        branched = asyncio.create_task(database.branch(request, no_beat))

        async def waits() -> bool:
            question = "SELECT count(*) FROM pg_locks WHERE NOT granted AND $1 = ANY (pg_blocking_pids(pid))"
            return bool(await person.fetchval(question, person.get_server_pid()))

        await until(waits, "the branching waits for the person")
        await person.execute("COMMIT")
        with pytest.raises(TemporaryError, match="somebody made one of that name at the same moment") as raced:
            await branched
        with pytest.raises(PermanentError) as refused:
            await database.branch(request, no_beat)
        await person.execute(f"DROP ROLE {name}")

    assert raced.value.retry_after == 5
    assert refused.value.reason is Reason.NOT_OURS


@pytest.mark.slow
@pytest.mark.parametrize("granted", [True, False], ids=["may signal", "may not"])
async def test_autovacuum_does_not_stop_a_drop(open_folder: Path, postgres_version: str, *, granted: bool) -> None:
    """A worker of the server itself in my preview's database is ended, whether or not our role may do so."""
    async with (
        postgres_server(open_folder, postgres_version, **BUSY_VACUUM) as server,
        entered(server.superuser_url) as administrator,
    ):
        if not granted:
            await administrator.execute("REVOKE pg_signal_backend FROM matinee")
        database, key = adapter(server, "any"), new_key("acme/vacuum")
        ref = await database.branch(branching(key), no_beat)
        async with entered((await database.connection(ref)).url) as session:
            await session.execute("CREATE TABLE big AS SELECT n, repeat('x', 300) FROM generate_series(1, 100000) n")
            await session.execute("DELETE FROM big WHERE n % 2 = 0")

        async def vacuuming() -> bool:
            return bool(await administrator.fetchval(_VACUUMING, ref.name))

        await until(vacuuming, "autovacuum comes", seconds=60)
        await database.drop(removal(database, key))

        assert await count(server, ref.name) == 0


async def _large_seed(database: PostgresDatabase) -> Seed:
    """A seed of about 130 MB, whose copy takes long enough to be interrupted."""
    seed = new_seed()
    connection = await database.connection(await database.open_seed(seed))
    await write(connection, "large")
    async with entered(connection.url) as session:
        await session.execute("CREATE TABLE big AS SELECT repeat('x', 1000) FROM generate_series(1, 125000)")
    await database.seal(seed)
    return seed


async def _kill_the_copy(administrator: Session, request: BranchRequest) -> None:
    """The server's process that makes this copy is gone by SIGKILL, and so are all sessions: the server recovers."""

    async def copying() -> int | None:
        pid: int | None = await administrator.fetchval(_COPYING, f"matinee:{request.label}")
        return pid

    os.kill(await until(copying, "the copy has files"), signal.SIGKILL)


@pytest.mark.slow
async def test_a_crash_of_the_server_in_the_middle_of_a_copy(open_folder: Path, postgres_version: str) -> None:
    """The server is waited for and the preview made; what the crash left is told, and stays until I delete it."""
    async with postgres_server(open_folder, postgres_version) as server:
        database, request = adapter(server, "any"), branching(new_key("acme/crash"))
        request = branching(request.key, seed=await _large_seed(database), seconds=120)
        async with entered(server.superuser_url, "preview_admin") as administrator:
            await administrator.execute("GRANT EXECUTE ON FUNCTION pg_ls_dir(text) TO matinee")
        branched = asyncio.create_task(database.branch(request, no_beat))
        async with entered(server.superuser_url) as administrator:
            await _kill_the_copy(administrator, request)
        with pytest.raises(TemporaryError) as away:
            await branched

        async def made() -> bool:
            try:
                ref = await database.branch(request, no_beat)
            except TemporaryError:
                return False
            return await read(await database.connection(ref)) == ("large",)

        await until(made, "the server has recovered and the preview is made", seconds=90)
        (said,) = await database.examine()

    assert away.value.reason is Reason.DATABASE_UNAVAILABLE
    assert "a crash left files of databases that are none" in said
