"""Applies the migrations that the database does not have yet, each in a transaction of its own.

Run as `python3 -m shop.migrate`. A migration is a file `migrations/NNNN_words.sql`, and is never changed once
it has been applied somewhere.
"""

import asyncio
import os
import sys
from pathlib import Path

import asyncpg

_FOLDER = Path(__file__).parent.parent / "migrations"
_LOCK = 20_240_117  # Any number will do, as long as every run asks for the same.
_TABLE = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    name text PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""


async def migrate(connection: asyncpg.Connection, folder: Path = _FOLDER) -> list[str]:
    """The names of the migrations that were applied now; the database then has all of them, in order."""
    await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
    await connection.execute(_TABLE)
    applied = {row["name"] for row in await connection.fetch("SELECT name FROM schema_migrations")}
    missing = {name: text for name, text in _migrations(folder).items() if name not in applied}
    for name, text in missing.items():
        async with connection.transaction():
            await connection.execute(text)
            await connection.execute("INSERT INTO schema_migrations (name) VALUES ($1)", name)
        sys.stdout.write(f"applied {name}\n")
    return list(missing)


def _migrations(folder: Path) -> dict[str, str]:
    return {file.stem: file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.sql"))}


async def main() -> None:
    """The database that DATABASE_URL names is up to date."""
    connection = await asyncpg.connect(os.environ["DATABASE_URL"])
    try:
        names = await migrate(connection)
        sys.stdout.write(f"{len(names)} applied, the database is up to date\n")
    finally:
        await connection.close()


if __name__ == "__main__":
    asyncio.run(main())
