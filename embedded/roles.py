"""Roles: what a PostgreSQL server needs before databases of previews can be made on it, none of it a superuser's."""

import asyncpg

SUPERUSER = "postgres"
MATINEE = "matinee"
"""The role that makes and drops branches."""

ADMIN_DATABASE = "preview_admin"
"""Where that role works: advisory locks are per database, so there has to be one for all."""

_PRIVILEGES = f"""
ALTER ROLE {MATINEE} LOGIN CREATEDB CREATEROLE CONNECTION LIMIT 40;
-- The copy of a seed ends when whoever wanted it has gone away.
ALTER ROLE {MATINEE} SET client_connection_check_interval = '10s';
-- Dropping a database has to end an autovacuum worker that is in it.
GRANT pg_signal_backend TO {MATINEE};
GRANT seed_owner TO {MATINEE};
REVOKE CONNECT, TEMPORARY ON DATABASE postgres, template1 FROM PUBLIC;
"""


async def prepare(connection: "asyncpg.Connection[asyncpg.Record]", verifier: str) -> None:
    """The server is ready for branching, and `matinee` has the password that this verifier is made from.

    Safe to repeat. Needs a superuser.
    """
    for role in (MATINEE, "seed_owner"):
        if not await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role):
            await connection.execute(f"CREATE ROLE {role} NOLOGIN")
    await connection.execute(_PRIVILEGES)
    await connection.execute(f"ALTER ROLE {MATINEE} PASSWORD '{verifier}'")
    if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", ADMIN_DATABASE):
        await connection.execute(f"CREATE DATABASE {ADMIN_DATABASE} OWNER {MATINEE}")
    await connection.execute(f"REVOKE ALL ON DATABASE {ADMIN_DATABASE} FROM PUBLIC")
