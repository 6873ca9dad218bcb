"""A server that is short of connections, locks or disk: it is told as such, and nothing half-made is left."""

import os
import subprocess
from collections.abc import Generator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

import pytest

from domain.errors import TemporaryError
from domain.names import database_name, label_of
from domain.phases import Reason
from domain.resources import Seed
from embedded.accounts import give, unprivileged
from embedded.postgres import Postgres
from tests.adapters.databases.servers import adapter, count, entered, read, write
from tests.contracts.database_bench import branching, new_key, new_seed, no_beat, removal
from tests.servers import postgres_server

pytestmark = [pytest.mark.server, pytest.mark.slow]

CONNECTIONS = 9
"""What the small server has for others than its superuser."""


async def _told(server: Postgres, seed: Seed | None = None) -> str:
    """What the first attempt says; it leaves neither database nor role, and the list is empty."""
    database, key = adapter(server, "short"), new_key("acme/short")
    with pytest.raises(TemporaryError) as told:
        await database.branch(branching(key, seed=seed), no_beat)

    assert told.value.reason is Reason.DATABASE_UNAVAILABLE
    assert await count(server, database_name(label_of(key, home="acme"))) == 0
    return told.value.message


async def _works(server: Postgres, seed: Seed | None = None) -> None:
    """A preview is branched and dropped."""
    database, key = adapter(server, "short"), new_key("acme/short")
    ref = await database.branch(branching(key, seed=seed), no_beat)
    await read(await database.connection(ref))
    await database.drop(removal(database, key))
    assert await count(server, ref.name) == 0


async def _tables(server: Postgres, number: int) -> Seed:
    """A sealed seed with so many tables."""
    database, seed = adapter(server, "short"), new_seed()
    connection = await database.connection(await database.open_seed(seed))
    async with entered(connection.url) as session:
        for one in range(number):
            await session.execute(f"CREATE TABLE t{one} (id int)")
    await database.seal(seed)
    return seed


async def test_too_few_connections_are_told(open_folder: Path, postgres_version: str) -> None:
    """I read which setting to raise, whether none is left or the last one went in the middle of a branching."""
    settings = {"max_connections": str(CONNECTIONS + 3), "superuser_reserved_connections": "3"}
    async with postgres_server(open_folder, postgres_version, **settings) as server, AsyncExitStack() as stack:
        for _ in range(CONNECTIONS - 1):
            await stack.enter_async_context(entered(server.url))
        halfway = await _told(server)
        await stack.enter_async_context(entered(server.url))
        with pytest.raises(TemporaryError) as none_left:
            await adapter(server, "short").list()
        await stack.aclose()
        await _works(server)

    for words in (halfway, none_left.value.message):
        assert "no connection left; raise max_connections" in words
        assert "53300" in words


async def test_too_few_locks_are_told(open_folder: Path, postgres_version: str) -> None:
    """A schema with more tables than the server has locks for says which setting to raise, and to restart it."""
    async with postgres_server(open_folder, postgres_version) as server:
        small, large = await _tables(server, 1), await _tables(server, 2000)
    short = {"max_locks_per_transaction": "10", "max_connections": "20"}
    async with postgres_server(open_folder, postgres_version, **short) as server:
        told = await _told(server, large)
        await _works(server, small)
    async with postgres_server(open_folder, postgres_version) as server:
        await _works(server, large)

    assert "raise max_locks_per_transaction to 1024 and restart it" in told
    assert "53200" in told


@contextmanager
def _small_file_system(folder: Path, megabytes: int) -> Generator[Path]:
    """A folder for PostgreSQL on a file system of this size."""
    if os.geteuid() != 0:
        pytest.skip("only root can make a small file system")
    small = folder / "small"
    small.mkdir()
    mounting = ("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(small))
    if subprocess.run(mounting, check=False).returncode:
        pytest.skip("this machine lets nobody mount a file system")
    try:
        give(small, unprivileged())
        yield small
    finally:
        subprocess.run(("umount", str(small)), check=True)


def _enlarge(small: Path, megabytes: int) -> None:
    """The file system has this size now."""
    subprocess.run(("mount", "-o", f"remount,size={megabytes}m", str(small)), check=True)


async def _move(server: Postgres, name: str, folder: Path) -> None:
    """The database is kept in this folder, and so are copies of it."""
    async with entered(server.superuser_url) as administrator:
        if await administrator.fetchval("SELECT true FROM pg_settings WHERE name = 'file_copy_method'"):
            # Blocks cannot be shared between two file systems, and PostgreSQL does not copy in place of it.
            await administrator.execute("SET file_copy_method = copy")
        await administrator.execute(f"CREATE TABLESPACE small LOCATION '{folder}'")
        await administrator.execute(f"ALTER DATABASE {name} SET TABLESPACE small")


async def test_a_full_disk_is_told(open_folder: Path, postgres_version: str) -> None:
    """A copy that does not fit is taken back, and fits when there is room again."""
    with _small_file_system(open_folder, 200) as small:
        async with postgres_server(open_folder, postgres_version) as server:
            database, seed = adapter(server, "short"), new_seed()
            opened = await database.open_seed(seed)
            connection = await database.connection(opened)
            await write(connection, "seeded")
            async with entered(connection.url) as session:
                # What is copied by the log is refused late: it gets its blocks when they are written.
                await session.execute("CREATE TABLE big AS SELECT repeat('x', 1000) FROM generate_series(1, 110000)")
            await database.seal(seed)
            await _move(server, opened.name, small)
            told = await _told(server, seed)
            _enlarge(small, 400)
            await _works(server, seed)

    assert "its disk is full" in told
    assert "53100" in told
