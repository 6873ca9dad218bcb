"""The SQL that makes, marks and hands over databases, as text: PostgreSQL takes no parameters in these statements.

Each function returns the statements of one step. They run in one transaction where PostgreSQL allows it, so that a
crash leaves a step done or undone; CREATE and DROP DATABASE stand alone.
"""

from collections.abc import Iterable, Mapping

_OURS = 5
"""Connections to a preview's database that are ours: its own role has its limit, and may use up no more than that."""

DEFAULTS = {"statement_timeout": "60s", "idle_in_transaction_session_timeout": "5min", "lock_timeout": "10s"}
"""What a preview's role starts a session with; it may lift them, so they are a help and no protection."""

BUILDING_DEFAULTS = {"lock_timeout": DEFAULTS["lock_timeout"]}
"""What a seed's builder starts with: its statements may be long, but a lock that it waits for is its own session's."""


def identifier(name: str) -> str:
    """The name, quoted as an identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """The text, quoted as a literal whatever standard_conforming_strings says."""
    doubled = text.replace("'", "''")
    return f"'{doubled}'" if "\\" not in doubled else " E'" + doubled.replace("\\", "\\\\") + "'"


def role(name: str, *, exists: bool, verifier: str, limit: int, comment: str) -> tuple[str, ...]:
    """A role with its mark and password, which we are a member of; its own settings are forgotten."""
    quoted = identifier(name)
    # PostgreSQL 16 refuses NOSUPERUSER and the like from anybody but a superuser, even where it changes nothing.
    rights = f"LOGIN NOCREATEDB NOCREATEROLE INHERIT CONNECTION LIMIT {limit} PASSWORD {literal(verifier)}"
    return (
        *(() if exists else (f"CREATE ROLE {quoted} NOLOGIN",)),
        f"COMMENT ON ROLE {quoted} IS {literal(comment)}",
        f"ALTER ROLE {quoted} RESET ALL",
        f"ALTER ROLE {quoted} WITH {rights}",
        f"GRANT {quoted} TO CURRENT_USER",
    )


def copied(name: str, *, template: str, strategy: str) -> str:
    """A copy of a template that nobody can connect to yet."""
    return (
        f"CREATE DATABASE {identifier(name)} TEMPLATE {identifier(template)} "
        f"STRATEGY {strategy} ALLOW_CONNECTIONS false"
    )


def cloned(name: str, *, limit: int, comment: str) -> tuple[str, ...]:
    """The copy is marked, and only its owner, which is us, may connect; a few more than its role, too."""
    quoted = identifier(name)
    return (
        f"COMMENT ON DATABASE {quoted} IS {literal(comment)}",
        f"REVOKE ALL ON DATABASE {quoted} FROM PUBLIC",
        f"ALTER DATABASE {quoted} CONNECTION LIMIT {limit + _OURS}",
        f"ALTER DATABASE {quoted} ALLOW_CONNECTIONS true",
    )


def handed_over(name: str, *, schemas: Iterable[str], source: str, target: str) -> tuple[str, ...]:
    """All that `source` owns inside this database is owned by `target`; run inside it.

    The schemas go first: without superuser, REASSIGN needs the new owner to have CREATE on each of them, and
    owning a schema needs CREATE on the database.
    """
    new_owner = identifier(target)
    return (
        f"GRANT CREATE, TEMPORARY ON DATABASE {identifier(name)} TO {new_owner}",
        *(f"ALTER SCHEMA {identifier(schema)} OWNER TO {new_owner}" for schema in schemas),
        f"REASSIGN OWNED BY {identifier(source)} TO {new_owner}",
    )


def opened(name: str, *, defaults: Mapping[str, str], comment: str) -> tuple[str, ...]:
    """The database's own role may connect; this comes last, so nobody entered before."""
    quoted = identifier(name)
    return (
        f"GRANT CONNECT ON DATABASE {quoted} TO {quoted}",
        *(f"ALTER ROLE {quoted} IN DATABASE {quoted} SET {key} = {literal(value)}" for key, value in defaults.items()),
        f"COMMENT ON DATABASE {quoted} IS {literal(comment)}",
    )


def forgotten(name: str, *, source: str, target: str) -> tuple[str, ...]:
    """No right inside this database stands in the way of dropping `source`, and `target` may do no more than before."""
    return (
        f"DROP OWNED BY {identifier(source)}",
        f"REVOKE ALL ON DATABASE {identifier(name)} FROM {identifier(target)}",
    )


def closed(name: str) -> str:
    """The role of this name can open no new session."""
    return f"ALTER ROLE {identifier(name)} NOLOGIN"


def unsealed(name: str) -> str:
    """The database is a template no more, so that it can be dropped."""
    return f"ALTER DATABASE {identifier(name)} IS_TEMPLATE false"


def sealed(name: str, *, comment: str) -> tuple[str, ...]:
    """The database is a template that nobody can connect to or drop by mistake."""
    quoted = identifier(name)
    return (
        f"ALTER DATABASE {quoted} ALLOW_CONNECTIONS false",
        f"ALTER DATABASE {quoted} IS_TEMPLATE true",
        f"COMMENT ON DATABASE {quoted} IS {literal(comment)}",
    )
