"""`matinee database setup`: the SQL for an administrator to read, or run by whoever may."""

import asyncio
import json
import os
import re
import secrets
import sys
from pathlib import Path

import pytest

from domain.preparations import Preparation
from embedded.postgres import Postgres
from starter.commands.preparing import preparation_lines
from tests.adapters.databases.servers import entered
from tests.starter.commands.command_lines import ROOT, CommandLine

PLANTED = "planted-password-of-ours"


def _shell(folder: Path, **variables: str) -> CommandLine:
    return CommandLine(folder, {"MATINEE_DATA": str(folder)} | {f"MATINEE_{k}": v for k, v in variables.items()})


def _settings(server: Postgres, name: str) -> dict[str, str]:
    """The settings of a server that nobody has prepared; its pg_hba.conf lets a role into its own database."""
    values = {"HOST": server.host, "PORT": str(server.port), "USER": name, "PASSWORD": PLANTED}
    names = {"MAINTENANCE": name, "SEED_OWNER": f"seeds_{name}"}
    return {f"DATABASES__MAIN__{key}": value for key, value in (values | names).items()}


def _command_line(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text()


async def test_sql_is_printed_with_a_verifier_and_without_the_password(tmp_path: Path) -> None:
    """I can read, keep or send what is printed: the password cannot be taken from it."""
    answer = await _shell(tmp_path, DATABASES__MAIN__PASSWORD=PLANTED)("database", "setup")

    assert answer.code == 0
    assert 'CREATE ROLE "matinee" LOGIN CREATEDB CREATEROLE CONNECTION LIMIT 40 PASSWORD \'SCRAM-SHA-256$' in answer.out
    assert 'CREATE DATABASE "preview_admin" OWNER "matinee";' in answer.out
    assert PLANTED not in answer.out + answer.err


async def test_an_administrators_url_of_another_server_changes_nothing_there(tmp_path: Path) -> None:
    """One server's role is not given the password that the settings have for another."""
    url = f"postgresql://root:{PLANTED}@db.example.com/postgres"
    here = _shell(tmp_path, DATABASES__MAIN__HOST="db.invalid", DATABASES__MAIN__PASSWORD="ours", ADMIN_URL=url)

    answer = await here("database", "setup")

    assert answer.code == 1
    assert "leads to db.example.com:5432, and the settings to db.invalid:5432" in answer.err
    assert PLANTED not in answer.out + answer.err


async def test_what_is_not_set_is_asked_for(tmp_path: Path) -> None:
    """Without a password, with one that PostgreSQL would prepare otherwise, or without a server I read what to set."""
    without = await _shell(tmp_path, DATABASES__MAIN__HOST="db.invalid")("database", "setup")
    strange = await _shell(tmp_path, DATABASES__MAIN__PASSWORD="plänted")("database", "setup")
    unknown = await _shell(tmp_path, DATABASES__MAIN__PASSWORD=PLANTED)("database", "setup", "--server", "loud")
    none = await _shell(tmp_path, DATABASES__MAIN__KIND="none")("database", "setup")

    assert [answer.code for answer in (without, strange, unknown, none)] == [1, 1, 1, 1]
    assert "MATINEE_DATABASES__MAIN__PASSWORD is not set" in without.err
    assert "MATINEE_DATABASES__MAIN__PASSWORD has other letters" in strange.err
    assert "plänted" not in strange.err
    assert "'loud' is not among the databases" in unknown.err
    assert "of the kind `none`" in none.err


async def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    """A password that everybody can read is not used quietly; an empty or absent file is named."""
    shell = _shell(tmp_path, DATABASES__MAIN__PASSWORD=PLANTED)
    file, empty = tmp_path / "admin", tmp_path / "empty"
    file.write_text("postgresql://ada:planted-and-open@db.invalid/postgres")
    file.chmod(0o644)
    empty.touch(mode=0o600)

    is_open, is_empty, is_absent = await asyncio.gather(
        shell("database", "setup", "--admin-url-file", str(file)),
        shell("database", "setup", "--admin-url-file", str(empty)),
        shell("database", "setup", "--admin-url-file", str(tmp_path / "absent")),
    )

    assert f"chmod 600 {file}" in is_open.err
    assert "planted-and-open" not in is_open.out + is_open.err
    assert "is empty" in is_empty.err
    assert "cannot be read" in is_absent.err
    assert (is_open.code, is_empty.code, is_absent.code) == (1, 1, 1)


@pytest.mark.server
async def test_an_administrator_prepares_the_server(postgres: Postgres, tmp_path: Path) -> None:
    """By a file or by the environment everything is told with ✓; the second time it was so, and no secret is shown."""
    name, file = f"set_{secrets.token_hex(3)}", tmp_path / "admin"
    file.touch(mode=0o600)
    file.write_text(f"{postgres.superuser_url}\n")
    settings = _settings(postgres, name)

    first = await _shell(tmp_path, **settings)("database", "setup", "--admin-url-file", str(file))
    second = await _shell(tmp_path, **settings, ADMIN_URL=postgres.superuser_url)("database", "setup")
    async with entered(postgres.superuser_url) as session:
        await session.execute(f"DROP DATABASE {name}")
        await session.execute(f"DROP ROLE {name}, seeds_{name}")

    said = first.out + first.err + second.out + second.err
    assert (first.code, second.code) == (0, 0), said
    assert "✗" not in said
    assert f'CREATE DATABASE "{name}" OWNER "{name}";' in first.out
    assert all(line.endswith("(was so)") for line in second.out.splitlines() if line.startswith("✓"))
    assert not re.search(rf"{PLANTED}|{postgres.superuser_password}|SCRAM-SHA-256", said)


@pytest.mark.server
async def test_a_typed_url_is_in_no_list_of_processes(postgres18: Postgres, tmp_path: Path) -> None:
    """What I type stays between me and the command: nobody on the machine reads it off the process."""
    settings = {f"MATINEE_{key}": value for key, value in _settings(postgres18, "nobody").items()}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "starter.commands", "database", "setup", "--ask"),
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "MATINEE_DATA": str(tmp_path), **settings},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    assert process.stdin is not None
    command_line = _command_line(process.pid)
    wrong = postgres18.superuser_url.replace(postgres18.superuser_password, "planted-and-typed")
    out, _ = await process.communicate(f"{wrong}\n".encode())

    assert process.returncode == 1
    assert "password authentication failed" in out.decode()
    assert "planted-and-typed" not in command_line + json.dumps(out.decode())


def test_what_is_left_to_do_is_told_with_the_statement_and_its_cure() -> None:
    """I read what was wanted, what was sent, what the server said, and who may do it."""
    told = Preparation(
        words="not everybody may enter template1",
        sent=('REVOKE CONNECT ON DATABASE "template1" FROM PUBLIC',),
        problem="no privileges could be revoked",
        cure="as the owner of template1: REVOKE …;",
    )

    assert list(preparation_lines(told)) == [
        "✗ not everybody may enter template1",
        '    REVOKE CONNECT ON DATABASE "template1" FROM PUBLIC;',
        "    no privileges could be revoked",
        "    as the owner of template1: REVOKE …;",
    ]
