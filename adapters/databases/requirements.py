"""Requirements: the questions that a prepared server answers with yes, each with the SQL that cures a no.

In a question `$1` is the owner of seeds.
"""

from dataclasses import dataclass

from adapters.databases.statements import identifier

LOCKS_WANTED = 256
"""Locks per transaction: handing over a database takes one for each table and index in it."""

OURS = 40
"""Connections for our own work, which are left when every preview opens as many as it may."""

_OLDEST = 150000
_INTERVAL = "client_connection_check_interval = '10s'"


@dataclass(frozen=True)
class Requirement:
    """A question whose answer should be true, and what to say if it is not."""

    question: str
    words: str


def requirements(user: str, owner: str, maintenance: str) -> tuple[Requirement, ...]:
    """All of them, for the role that makes branches, the owner of seeds and the maintenance database."""
    return (*_rights(user, owner), *_walls(maintenance), *_room(), *_endings(user))


def _rights(user: str, owner: str) -> tuple[Requirement, ...]:
    me, seeds = identifier(user), identifier(owner)
    mine = "SELECT {} FROM pg_roles WHERE rolname = current_user AND $1::text IS NOT NULL"
    member = "SELECT coalesce(pg_has_role(current_user, (SELECT oid FROM pg_roles WHERE rolname = {}), 'USAGE'), false)"
    version = f"SELECT current_setting('server_version_num')::int >= {_OLDEST} AND $1::text IS NOT NULL"
    return (
        Requirement(version, "the server is older than PostgreSQL 15: upgrade it"),
        Requirement(mine.format("rolcreatedb"), f"{user} may not create databases: ALTER ROLE {me} CREATEDB;"),
        Requirement(mine.format("rolcreaterole"), f"{user} may not create roles: ALTER ROLE {me} CREATEROLE;"),
        Requirement(
            mine.format("NOT rolsuper"),
            f"{user} is a superuser, which it need not be: ALTER ROLE {me} NOSUPERUSER CREATEDB CREATEROLE;",
        ),
        Requirement(
            member.format("'pg_signal_backend'") + " AND $1::text IS NOT NULL",
            f"{user} may not end sessions that block a drop: GRANT pg_signal_backend TO {me};",
        ),
        Requirement(
            "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)",
            f"the owner of seeds is missing: CREATE ROLE {seeds} NOLOGIN; GRANT {seeds} TO {me};",
        ),
        Requirement(member.format("$1"), f"{user} is no member of {owner}: GRANT {seeds} TO {me};"),
        Requirement(
            "SELECT NOT EXISTS (SELECT FROM pg_database WHERE pg_get_userbyid(datdba) = $1)",
            f"{owner} owns a database, which branching would give away: ALTER DATABASE ... OWNER TO {me};",
        ),
    )


def _walls(maintenance: str) -> tuple[Requirement, ...]:
    closed = "SELECT NOT has_database_privilege('public', {}, 'CONNECT') WHERE $1::text IS NOT NULL"
    return (
        Requirement(
            closed.format("current_database()"),
            f"every role may enter {maintenance}: REVOKE ALL ON DATABASE {identifier(maintenance)} FROM PUBLIC;",
        ),
        *(
            Requirement(
                closed.format(f"'{name}'"),
                f"every role may enter {name}: REVOKE CONNECT, TEMPORARY ON DATABASE {name} FROM PUBLIC;",
            )
            for name in ("postgres", "template1")
        ),
    )


def _room() -> tuple[Requirement, ...]:
    locks = f"SELECT current_setting('max_locks_per_transaction')::int >= {LOCKS_WANTED} AND $1::text IS NOT NULL"
    clones = "SELECT $1::text IS NOT NULL AND NOT EXISTS (SELECT FROM pg_settings WHERE name = 'file_copy_method' {})"
    return (
        Requirement(
            locks,
            "max_locks_per_transaction is low for databases with many tables: "
            "ALTER SYSTEM SET max_locks_per_transaction = 1024; and restart the server",
        ),
        Requirement(
            clones.format("AND NOT 'clone' = ANY (enumvals)"),
            "this build of PostgreSQL cannot share the blocks of files, so that each copy of a large seed is a whole "
            "one: SELECT enumvals FROM pg_settings WHERE name = 'file_copy_method'; should have clone",
        ),
    )


def _endings(user: str) -> tuple[Requirement, ...]:
    """What was asked for by a client that is gone does not go on."""
    interval = (
        "SELECT EXISTS (SELECT FROM pg_db_role_setting, unnest(setconfig) AS one WHERE setdatabase = 0 AND "
        "setrole = (SELECT oid FROM pg_roles WHERE rolname = current_user) AND $1::text IS NOT NULL "
        "AND one ~ '^client_connection_check_interval=0*[1-9]')"
    )
    words = f"what {user} asks for goes on for a while when it has gone: ALTER ROLE {identifier(user)} SET {_INTERVAL};"
    return (Requirement(interval, words),)
