"""Preparing a server: all that it needs once before previews, each with the SQL that makes it so. No input or output.

The same statements stand in docs/how-to/postgresql.md. A server of which all is so lacks nothing that `requirements`
asks for but what takes a restart or another server.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from adapters.databases.requirements import LOCKS_WANTED
from adapters.databases.statements import identifier, literal

CONNECTIONS = 40
"""How many connections Matinee's own role may have open at once."""

_SIGNAL = "pg_signal_backend"

_RECOMMENDED = """\
-- Recommended, but in the hands of a superuser or of the server's host, and partly in force only after a restart:
-- ALTER SYSTEM SET max_locks_per_transaction = 1024;  -- at least 256: a branch is given away with a lock on each table
-- ALTER SYSTEM SET max_connections = 200;             -- previews times 15, and 40
-- ALTER SYSTEM SET max_wal_size = '4GB';              -- copies of seeds go through the log
-- ALTER SYSTEM SET checkpoint_timeout = '15min';
-- ALTER SYSTEM SET synchronous_commit = off;          -- a crash may lose the last second of a preview, no more
-- ALTER SYSTEM SET idle_session_timeout = '1h';
"""

_NOBODY = "Where nobody may, as on some hosted servers, every preview can enter it: keep nothing of yours in it."

_EXISTS = "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)"
_CHECKS_CONNECTION = """
SELECT EXISTS (SELECT FROM pg_db_role_setting, unnest(setconfig) AS setting
               WHERE setrole = (SELECT oid FROM pg_roles WHERE rolname = $1) AND setdatabase = 0
               AND setting ~ '^client_connection_check_interval=0*[1-9]')
"""
_MEMBER = """
SELECT coalesce(pg_has_role((SELECT oid FROM pg_roles WHERE rolname = $1),
                            (SELECT oid FROM pg_roles WHERE rolname = $2), 'USAGE'), false)
"""
# A server may well have no database named postgres, and then nobody enters it.
_CLOSED = """
SELECT coalesce(bool_and(NOT has_database_privilege('public', oid, 'CONNECT')), true)
FROM pg_database WHERE datname = $1
"""
_MAY_ENTER = """
SELECT coalesce(bool_and(has_database_privilege((SELECT oid FROM pg_roles WHERE rolname = $2), oid, 'CONNECT')), false)
FROM pg_database WHERE datname = $1
"""


@dataclass(frozen=True, kw_only=True)
class Names:
    """What the two roles and the maintenance database are called in the settings."""

    user: str
    seed_owner: str
    maintenance: str


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Something that should be so: `question`, asked about `names`, answers true if it is; `statement` makes it so.

    `why` is for who reads the SQL. `whose` says who may send it where an administrator may not. With `as_owner` it
    needs membership in Matinee's role. What is `implied` is made so by the others, where nothing was there before.
    Without a statement there is only the `cure`.
    """

    words: str
    question: str
    names: tuple[str, ...] = ()
    statement: str = ""
    cure: str = ""
    why: str = ""
    whose: str = "as a superuser"
    as_owner: bool = False
    implied: bool = False


def script(names: Names, verifier: str) -> str:
    """The SQL that prepares a server on which nothing is there yet, for a superuser to run."""
    return "\n".join((*_lines(wishes(names, verifier)), "", _RECOMMENDED.rstrip()))


def wishes(names: Names, verifier: str) -> tuple[Wish, ...]:
    """All that a server needs, in the order in which to make it so."""
    return (_version(), *_roles(names, verifier), *_databases(names), _locks())


def password(user: str, verifier: str) -> str:
    """The statement that gives the role the password that this verifier was made of."""
    return f"ALTER ROLE {identifier(user)} PASSWORD {literal(verifier)}"


def membership(user: str) -> tuple[str, str]:
    """The statements that make the session's own role a member of Matinee's, and end that again."""
    return f"GRANT {identifier(user)} TO CURRENT_USER", f"REVOKE {identifier(user)} FROM CURRENT_USER"


def _lines(wanted: tuple[Wish, ...]) -> Iterator[str]:
    for wish in wanted:
        if wish.statement and not wish.implied:
            yield from (f"-- {wish.why}",) if wish.why else ()
            yield f"{wish.statement};"


def _version() -> Wish:
    return Wish(
        words="the server is PostgreSQL 15 or later",
        question="SELECT current_setting('server_version_num')::int >= 150000",
        cure="upgrade it",
    )


def _roles(names: Names, verifier: str) -> tuple[Wish, ...]:
    user, owner = identifier(names.user), identifier(names.seed_owner)
    rights = "LOGIN CREATEDB CREATEROLE"
    return (
        Wish(
            words=f"the role {names.user} is there",
            question=_EXISTS,
            names=(names.user,),
            statement=f"CREATE ROLE {user} {rights} CONNECTION LIMIT {CONNECTIONS} PASSWORD {literal(verifier)}",
            why="Matinee's own role, which makes and drops branches. It is no superuser.",
        ),
        Wish(
            words=f"{names.user} may log in and make databases and roles",
            question="SELECT rolcanlogin AND rolcreatedb AND rolcreaterole FROM pg_roles WHERE rolname = $1",
            names=(names.user,),
            statement=f"ALTER ROLE {user} {rights}",
            implied=True,
        ),
        Wish(
            words=f"{names.user} is no superuser",
            question="SELECT NOT rolsuper FROM pg_roles WHERE rolname = $1",
            names=(names.user,),
            cure=f"as a superuser: ALTER ROLE {user} NOSUPERUSER;",
        ),
        Wish(
            words=f"what {names.user} began ends soon after it has gone",
            question=_CHECKS_CONNECTION,
            names=(names.user,),
            statement=f"ALTER ROLE {user} SET client_connection_check_interval = '10s'",
            why="The copy of a seed ends soon after whoever wanted it has gone away.",
        ),
        Wish(
            words=f"the role {names.seed_owner} is there",
            question=_EXISTS,
            names=(names.seed_owner,),
            statement=f"CREATE ROLE {owner} NOLOGIN",
            why="Owns all that is in seeds, but never a database.",
        ),
        _member(names.user, names.seed_owner),
        _member(names.user, _SIGNAL, "Dropping a database has to end what still runs in it, autovacuum included."),
    )


def _member(user: str, role: str, why: str = "") -> Wish:
    return Wish(
        words=f"{user} is a member of {role}",
        question=_MEMBER,
        names=(user, role),
        statement=f"GRANT {identifier(role)} TO {identifier(user)}",
        why=why,
        whose=f"as a superuser, or a role that has {role} WITH ADMIN OPTION",
    )


def _databases(names: Names) -> tuple[Wish, ...]:
    user, admin = identifier(names.user), identifier(names.maintenance)
    return (
        Wish(
            words=f"the maintenance database {names.maintenance} is there",
            question="SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)",
            names=(names.maintenance,),
            statement=f"CREATE DATABASE {admin} OWNER {user}",
            why="All work begins in this database, and nobody else may enter it.",
            as_owner=True,
        ),
        _closed(names.maintenance, "ALL", as_owner=True),
        Wish(
            words=f"{names.user} may enter {names.maintenance}",
            question=_MAY_ENTER,
            names=(names.maintenance, names.user),
            statement=f"GRANT CONNECT ON DATABASE {admin} TO {user}",
            whose=f"as the owner of {names.maintenance}, or a superuser",
            implied=True,
        ),
        _closed("postgres", "CONNECT, TEMPORARY", why="A preview may enter no other database than its own."),
        _closed("template1", "CONNECT, TEMPORARY"),
    )


def _closed(name: str, rights: str, *, why: str = "", as_owner: bool = False) -> Wish:
    return Wish(
        words=f"not everybody may enter {name}",
        question=_CLOSED,
        names=(name,),
        statement=f"REVOKE {rights} ON DATABASE {identifier(name)} FROM PUBLIC",
        why=why,
        whose=f"as the owner of {name}, or a superuser",
        cure="" if as_owner else _NOBODY,
        as_owner=as_owner,
    )


def _locks() -> Wish:
    return Wish(
        words=f"max_locks_per_transaction is {LOCKS_WANTED} or more",
        question="SELECT current_setting('max_locks_per_transaction')::int >= $1::text::int",
        names=(str(LOCKS_WANTED),),
        cure="as a superuser, or in the settings of the server's host, then restart it: "
        "ALTER SYSTEM SET max_locks_per_transaction = 1024;",
    )
