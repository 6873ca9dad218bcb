"""What is on the server now: the databases and roles that may be ours, and who is at work on them."""

from dataclasses import dataclass

import asyncpg

from adapters.databases.marks import Mark, State, read
from adapters.databases.sessions import LOCKS, Session, application

INVALID = -2
"""The connection limit that PostgreSQL gives to a database whose DROP was interrupted: only DROP works on it."""

_FOUND = """
SELECT coalesce(d.datname, r.rolname)::text AS name,
       d.oid IS NOT NULL AS is_there, r.oid IS NOT NULL AS has_role,
       coalesce(pg_get_userbyid(d.datdba) = current_user, false) AS owned,
       coalesce(d.datallowconn, false) AS connectable, coalesce(d.datistemplate, false) AS template,
       coalesce(d.datconnlimit, 0) AS connection_limit,
       shobj_description(d.oid, 'pg_database') AS comment, shobj_description(r.oid, 'pg_authid') AS role_comment
FROM pg_database d FULL JOIN pg_roles r ON r.rolname = d.datname
WHERE coalesce(d.datname, r.rolname)::text {condition} ORDER BY 1
"""

_BUSY = """
SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = $1 AND usename = current_user)
    OR EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ExclusiveLock' AND objsubid = 2
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
               AND classid = $2::bigint::oid AND objid = (hashtext($3)::bigint & 4294967295)::oid)
"""


@dataclass(frozen=True, kw_only=True)
class Found:
    """What has this name on the server: a database, a role, both or nothing, with the marks they carry.

    `owned` says that the database's owner is our own role. `invalid` that only DROP works on it any more.
    """

    name: str
    has_database: bool = False
    has_role: bool = False
    mark: Mark | None = None
    role_mark: Mark | None = None
    owned: bool = False
    connectable: bool = False
    template: bool = False
    invalid: bool = False

    @property
    def sealed(self) -> bool:
        """Whether this is a complete seed. One whose dropping has begun is none any more, whatever its mark says."""
        closed = self.template and not self.connectable and not self.invalid
        return closed and self.mark is not None and self.mark.state is State.SEALED

    @property
    def claim(self) -> Mark | None:
        """The mark that says whose this is.

        A crash right after CREATE DATABASE leaves a database without a mark. It is as surely whose its role is,
        if we own it and it never let anybody in.
        """
        if not self.has_database:
            return self.role_mark
        unmarked = self.mark is None and self.owned and not self.connectable
        return self.role_mark if unmarked else self.mark


async def find(session: Session, name: str) -> Found:
    """What has this name on the server now."""
    row = await session.fetchrow(_FOUND.format(condition="= $1"), name)
    return Found(name=name) if row is None else _found(row)


async def find_ours(session: Session, installation: str) -> tuple[Found, ...]:
    """Everything with a mark of this installation, ordered by name."""
    rows = await session.fetch(_FOUND.format(condition="~ '^(pr|seed)_'"))
    everything = [_found(row) for row in rows]
    return tuple(found for found in everything if found.claim and found.claim.installation == installation)


async def at_work(session: Session, label: str, name: str) -> bool:
    """Whether a session of ours works for this label, or one holds or awaits the lock on the name."""
    return bool(await session.fetchval(_BUSY, application(label), LOCKS, name))


def _found(row: asyncpg.Record) -> Found:
    return Found(
        name=row["name"],
        has_database=row["is_there"],
        has_role=row["has_role"],
        mark=read(row["comment"]),
        role_mark=read(row["role_comment"]),
        owned=row["owned"],
        connectable=row["connectable"],
        template=row["template"],
        invalid=row["connection_limit"] == INVALID,
    )
