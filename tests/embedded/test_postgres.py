"""PostgreSQL on one machine: ready for branching, its passwords nowhere but in files, nothing left behind."""

from pathlib import Path

import asyncpg
import pytest

from domain.errors import PermanentError
from embedded.leftovers import family
from embedded.ports import free_ports
from embedded.postgres import Postgres, postgres
from tests.embedded.traces import command_lines, files_outside, logged_in
from tests.embedded.waiting import alive, eventually

pytestmark = pytest.mark.server


async def _value(url: str, query: str) -> object:
    """The one value that this query answers."""
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def _mode(file: Path) -> int:
    """Who may do what with the file."""
    return file.stat().st_mode & 0o777


async def test_data_and_passwords_survive_a_restart(open_folder: Path) -> None:
    """Yesterday's databases are there today; no process and no file of the server lies elsewhere."""
    [port] = free_ports(1)

    async with postgres(open_folder, port=port) as first:
        members = family(first.process.pid)
        outside = files_outside(open_folder, first.process.pid)
        await _value(first.url, "CREATE TABLE kept AS SELECT 42 AS answer")
    await eventually(lambda: not alive(members))

    async with postgres(open_folder, port=port) as second:
        answer = await _value(second.url, "SELECT answer FROM kept")

    assert outside == set()
    assert answer == 42
    assert (second.password, second.superuser_password) == (first.password, first.superuser_password)


async def test_no_password_is_seen_on_the_machine(open_folder: Path) -> None:
    """A process list, a log and a printed value show no password, and the files are their owner's only."""
    async with postgres(open_folder, port=free_ports(1)[0]) as server:
        shown = command_lines(server.process.pid) + repr(server)
    shown += logged_in(open_folder)

    assert server.password not in shown
    assert server.superuser_password not in shown
    assert _mode(open_folder / "matinee.password") == 0o600
    assert _mode(open_folder / "superuser.password") == 0o600


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("fsync", "on"),
        ("max_locks_per_transaction", "1024"),
        ("unix_socket_directories", ""),
        ("dynamic_shared_memory_type", "mmap"),
    ],
)
async def test_the_server_is_tuned_for_previews(postgres: Postgres, setting: str, value: str) -> None:
    """Big schemas can be handed over, a crash loses no database, only loopback leads in, all files are its own."""
    assert await _value(postgres.superuser_url, f"SELECT current_setting('{setting}')") == value


async def test_a_cloned_file_costs_nothing_where_that_is_possible(postgres18: Postgres) -> None:
    """PostgreSQL 18 shares the blocks of a branch with its seed on file systems that can."""
    assert await _value(postgres18.url, "SELECT current_setting('file_copy_method')") == "clone"


@pytest.mark.parametrize("database", ["postgres", "template1", "preview_admin"])
async def test_a_previews_role_cannot_enter_the_servers_own_databases(postgres: Postgres, database: str) -> None:
    """What is common to all previews is open to none of them."""
    await _value(postgres.url, f"CREATE ROLE pr_in_{database} LOGIN PASSWORD 'open sesame'")

    with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
        await asyncpg.connect(
            host=postgres.host,
            port=postgres.port,
            user=f"pr_in_{database}",
            password="open sesame",
            database=database,
        )


async def test_a_wrong_password_is_told_apart_from_a_slow_start(open_folder: Path) -> None:
    """A password file that was changed is named at once, not after a minute of waiting."""
    [port] = free_ports(1)
    async with postgres(open_folder, port=port):
        pass
    (open_folder / "superuser.password").write_text("another")

    with pytest.raises(PermanentError, match=r"superuser\.password"):
        async with postgres(open_folder, port=port):
            pass


async def test_a_first_start_that_was_cut_short_is_begun_again(open_folder: Path) -> None:
    """Half-made data is never taken for data."""
    (open_folder / "data.new").mkdir()
    (open_folder / "data.new" / "PG_VERSION").write_text("18")

    async with postgres(open_folder, port=free_ports(1)[0]) as server:
        answer = await _value(server.url, "SELECT 1")

    assert answer == 1
    assert not (open_folder / "data.new").exists()


async def test_a_port_that_is_taken_is_an_error_with_its_cure(open_folder: Path, postgres18: Postgres) -> None:
    """The user learns which port is in the way, though another PostgreSQL answers there."""
    with pytest.raises(PermanentError, match=f"Port {postgres18.port} .*PostgreSQL wants, is held by postgres"):
        async with postgres(open_folder, port=postgres18.port):
            pass
