"""Examining a server: what it lacks for previews, in words, each with the SQL that an administrator cures it by."""

from dataclasses import dataclass

import asyncpg

from adapters.databases.failures import translated
from adapters.databases.sessions import Session
from adapters.databases.statements import identifier
from adapters.databases.workplaces import Workplace
from domain.errors import MatineeError

LOCKS_WANTED = 256
"""Locks per transaction: handing over a database takes one for each table and index in it."""

_OLDEST = 150000
_SECONDS = 20.0


@dataclass(frozen=True)
class _Check:
    """A question whose answer should be true; `$1` is the owner of seeds."""

    question: str
    words: str


def _checks(user: str, owner: str, maintenance: str) -> tuple[_Check, ...]:
    me, seeds, admin = identifier(user), identifier(owner), identifier(maintenance)
    mine = "SELECT {} FROM pg_roles WHERE rolname = current_user AND $1::text IS NOT NULL"
    member = "SELECT coalesce(pg_has_role(current_user, (SELECT oid FROM pg_roles WHERE rolname = {}), 'USAGE'), false)"
    closed = "SELECT NOT has_database_privilege('public', {}, 'CONNECT') WHERE $1::text IS NOT NULL"
    version = f"SELECT current_setting('server_version_num')::int >= {_OLDEST} AND $1::text IS NOT NULL"
    locks = f"SELECT current_setting('max_locks_per_transaction')::int >= {LOCKS_WANTED} AND $1::text IS NOT NULL"
    return (
        _Check(version, "the server is older than PostgreSQL 15: upgrade it"),
        _Check(mine.format("rolcreatedb"), f"{user} may not create databases: ALTER ROLE {me} CREATEDB;"),
        _Check(mine.format("rolcreaterole"), f"{user} may not create roles: ALTER ROLE {me} CREATEROLE;"),
        _Check(
            mine.format("NOT rolsuper"),
            f"{user} is a superuser, which it need not be: ALTER ROLE {me} NOSUPERUSER CREATEDB CREATEROLE;",
        ),
        _Check(
            member.format("'pg_signal_backend'") + " AND $1::text IS NOT NULL",
            f"{user} may not end sessions that block a drop: GRANT pg_signal_backend TO {me};",
        ),
        _Check(
            "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)",
            f"the owner of seeds is missing: CREATE ROLE {seeds} NOLOGIN; GRANT {seeds} TO {me};",
        ),
        _Check(member.format("$1"), f"{user} is no member of {owner}: GRANT {seeds} TO {me};"),
        _Check(
            "SELECT NOT EXISTS (SELECT FROM pg_database WHERE pg_get_userbyid(datdba) = $1)",
            f"{owner} owns a database, which branching would give away: ALTER DATABASE ... OWNER TO {me};",
        ),
        _Check(
            closed.format("current_database()"),
            f"every role may enter {maintenance}: REVOKE ALL ON DATABASE {admin} FROM PUBLIC;",
        ),
        *(
            _Check(
                closed.format(f"'{name}'"),
                f"every role may enter {name}: REVOKE CONNECT, TEMPORARY ON DATABASE {name} FROM PUBLIC;",
            )
            for name in ("postgres", "template1")
        ),
        _Check(
            locks,
            "max_locks_per_transaction is low for databases with many tables: "
            "ALTER SYSTEM SET max_locks_per_transaction = 1024; and restart the server",
        ),
    )


async def examine(place: Workplace) -> tuple[str, ...]:
    """What is missing, each with its cure; empty if nothing is."""
    server = place.server
    try:
        with translated(f"examining {server.host}:{server.port}"):
            async with server.session(label="doctor", seconds=_SECONDS) as session:
                checks = _checks(server.user, place.seed_owner, server.maintenance)
                return tuple([check.words for check in checks if not await _holds(session, check, place.seed_owner)])
    except MatineeError as error:
        if isinstance(error.__cause__, asyncpg.InvalidCatalogNameError):
            admin = f"CREATE DATABASE {identifier(server.maintenance)} OWNER {identifier(server.user)};"
            return (f"the maintenance database is missing: {admin}",)
        return (error.message,)


async def _holds(session: Session, check: _Check, owner: str) -> bool:
    try:
        return bool(await session.fetchval(check.question, owner))
    except asyncpg.InvalidCatalogNameError:
        # A server may well have no database named postgres.
        return True
