"""The smallest application that has everything: one service, a database, a migration; it is up in a second."""

DEFINITION = b"""\
version: 1
services:
  web: {build: python3 build.py, command: python3 serve.py, port: 8000, public: true}
database: {service: web, migrate: python3 migrate.py, migrations: migrations}
"""
BUILD = b"""\
import os, pathlib
pathlib.Path("index.html").write_text(os.environ["MATINEE_COMMIT"])
"""
SERVE = b"""\
import http.server, os
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), http.server.SimpleHTTPRequestHandler)
server.serve_forever()
"""
MIGRATE = b"""\
import asyncio, os, pathlib
import asyncpg

async def main():
    connection = await asyncpg.connect(os.environ["DATABASE_URL"])
    await connection.execute("CREATE TABLE IF NOT EXISTS applied (name text PRIMARY KEY)")
    for path in sorted(pathlib.Path("migrations").glob("*.sql")):
        async with connection.transaction():
            if not await connection.fetchval("SELECT true FROM applied WHERE name = $1", path.stem):
                await connection.execute(path.read_text())
                await connection.execute("INSERT INTO applied VALUES ($1)", path.stem)
    await connection.close()

asyncio.run(main())
"""
FILES = {
    ".matinee.yaml": DEFINITION,
    "build.py": BUILD,
    "serve.py": SERVE,
    "migrate.py": MIGRATE,
    "migrations/0001.sql": b"CREATE TABLE things (id int)",
}

FLAGGED = FILES | {".matinee.yaml": DEFINITION + b"flags: {banner: false}\n"}
"""The same with a flag."""

CHANGE = {"words.txt": b"changed"}
SLOW = {"migrations/0002.sql": b"SELECT pg_sleep(20)"}
"""Commits of a pull request: one that changes next to nothing, and one whose migration is slow."""
