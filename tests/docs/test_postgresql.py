"""The SQL on the page about one's own PostgreSQL prepares a server for previews."""

import re
import secrets
from datetime import UTC, datetime

import asyncpg
import pytest

from adapters.databases.passwords import KeyRing
from adapters.databases.postgres import PostgresDatabase
from databases import preparation
from embedded.postgres import Postgres
from settings import Settings
from tests.docs.pages import DOCS, blocks

PAGE = (DOCS / "how-to" / "postgresql.md").read_text()
PREPARATION, OPEN_DATABASES, LOOKING, KEYS = blocks(re.sub(r"(?m)^  (?=```|SELECT|GRANT)", "", PAGE), "sql")
PASSWORD = "a password of your own"


def test_the_page_and_the_command_prepare_a_server_by_the_same_sql() -> None:
    """Who reads the page runs what the command would; where the page has a password, the command has a verifier."""
    settings = Settings.model_validate({"databases": {"main": {"password": PASSWORD}}})
    printed = preparation(settings, "main")

    assert re.sub(r"'SCRAM-SHA-256\$[^']*'", f"'{PASSWORD}'", printed).strip() == PREPARATION.strip()
    assert PASSWORD not in printed


@pytest.mark.server
async def test_the_preparation_leaves_nothing_to_cure(postgres: Postgres) -> None:
    """An administrator who runs the SQL on the page finds nothing missing with the doctor."""
    tail = secrets.token_hex(3)
    # The server of the tests has these names already, and lets others only into the database of their own name.
    prepared = re.sub(r"\b(matinee|preview_admin)\b", f"docs_{tail}", PREPARATION).replace(
        "seed_owner", f"seeds_{tail}"
    )
    administrator = await asyncpg.connect(postgres.superuser_url)
    try:
        for statement in _statements(prepared):
            await administrator.execute(statement)
        before = await _adapter(postgres, tail).examine()
        await _allow_looking(postgres, tail)
        said = await _adapter(postgres, tail).examine()
        await _undo(administrator, tail)
    finally:
        await administrator.close()

    assert (before, said) == ((), ())


@pytest.mark.server
@pytest.mark.parametrize("query", [OPEN_DATABASES, KEYS], ids=["open databases", "keys in use"])
async def test_the_queries_run(postgres: Postgres, query: str) -> None:
    """What the page asks of the server is SQL that the server understands."""
    administrator = await asyncpg.connect(postgres.superuser_url)
    try:
        rows = await administrator.fetch(query)
    finally:
        await administrator.close()

    assert "postgres" not in {row[0] for row in rows}


def _statements(sql: str) -> list[str]:
    """The statements, one by one, as CREATE DATABASE takes no company."""
    without_comments = re.sub(r"(?m)^--.*$", "", sql)
    return [statement.strip() for statement in without_comments.split(";") if statement.strip()]


def _adapter(server: Postgres, tail: str) -> PostgresDatabase:
    return PostgresDatabase(
        instance="main",
        installation="docs",
        host=server.host,
        port=server.port,
        user=f"docs_{tail}",
        password=PASSWORD,
        maintenance=f"docs_{tail}",
        seed_owner=f"seeds_{tail}",
        key_ring=KeyRing({"first": secrets.token_bytes(32)}),
        now=lambda: datetime.now(UTC),
    )


async def _allow_looking(server: Postgres, tail: str) -> None:
    """The doctor may look for what a crash left, as rights on functions are given in the database that it works in."""
    inside = await asyncpg.connect(f"{server.superuser_url.rpartition('/')[0]}/docs_{tail}")
    try:
        await inside.execute(LOOKING.replace("matinee", f"docs_{tail}"))
    finally:
        await inside.close()


async def _undo(administrator: "asyncpg.Connection[asyncpg.Record]", tail: str) -> None:
    """The shared server is as it was."""
    await administrator.execute(f"DROP DATABASE docs_{tail}")
    await administrator.execute(f"DROP ROLE docs_{tail}")
    await administrator.execute(f"DROP ROLE seeds_{tail}")
