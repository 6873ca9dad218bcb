"""Obstacles: the sessions, locks and rights that keep a database from being copied or dropped, told or taken away.

A preview's role may name any other database and role of the server: a transaction of its holds a lock on what it
names, and what it grants to another's role keeps that role from being dropped. Neither may hold up a neighbour.
"""

from adapters.databases.sessions import Session
from domain.errors import TemporaryError
from domain.phases import Reason

_SOON = 5.0
"""Seconds until asking again: somebody has to leave first."""

_OCCUPANTS = """
SELECT format('session %s of %s (%s)', pid, usename, application_name) AS who,
       format('SELECT pg_terminate_backend(%s);', pid) AS cure
FROM pg_stat_activity WHERE datname = $1 AND usename <> current_user ORDER BY pid LIMIT 5
"""
"""Autovacuum has no user, and PostgreSQL ends it itself where it is in a copy's way; our own sessions leave at once."""

_HOLDERS = """
FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.locktype = 'object' AND l.granted AND l.pid <> pg_backend_pid()
  AND (l.classid = 'pg_database'::regclass AND l.objid = (SELECT oid FROM pg_database WHERE datname = $1)
       OR l.classid = 'pg_authid'::regclass AND l.objid = (SELECT oid FROM pg_roles WHERE rolname = $1))
"""

_BLOCKERS = """
SELECT format('session %s of %s (%s)', pid, coalesce(usename, backend_type), application_name)
FROM pg_stat_activity WHERE datname = $1
UNION ALL SELECT format('prepared transaction of %s', owner) FROM pg_prepared_xacts WHERE database = $1
UNION ALL SELECT format('replication slot %s', slot_name) FROM pg_replication_slots WHERE database = $1
UNION ALL SELECT format('subscription in %s', datname) FROM pg_database
WHERE datname = $1 AND EXISTS (SELECT FROM pg_stat_subscription) LIMIT 5
"""
_HOLDING = f"SELECT format('session %s of %s (%s)', l.pid, usename, application_name) {_HOLDERS}"

_END_SESSIONS = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1 AND usename = $1"
_END_HOLDERS = f"""
SELECT pg_terminate_backend(l.pid, 5000) {_HOLDERS}
AND a.usename <> current_user AND pg_has_role(current_user, a.usesysid, 'MEMBER')
"""
_GRANTING = """
SELECT DISTINCT d.datname::text FROM pg_shdepend s JOIN pg_database d ON d.oid = s.dbid
WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid = (SELECT oid FROM pg_roles WHERE rolname = $1)
  AND d.datallowconn AND pg_get_userbyid(d.datdba) = current_user ORDER BY 1
"""


async def blockers(session: Session, name: str) -> str:
    """What keeps the database of this name from being dropped, in words; empty if nothing that can be seen."""
    rows = await session.fetch(_BLOCKERS, name) + await session.fetch(_HOLDING, name)
    return ", ".join(dict.fromkeys(str(row[0]) for row in rows))


async def refuse_occupied(session: Session, name: str, doing: str) -> None:
    """Returns if nobody is connected to this database; TemporaryError says who is, and how to end it."""
    if rows := await session.fetch(_OCCUPANTS, name):
        who, cure = ", ".join(row["who"] for row in rows), " ".join(row["cure"] for row in rows)
        raise TemporaryError(
            f"{name} cannot be {doing} while anybody is connected to it: {who}. Leave it, or end the session: {cure}",
            reason=Reason.DATABASE_UNAVAILABLE,
            retry_after=_SOON,
        )


async def end_sessions(session: Session, name: str) -> None:
    """The sessions that the role of this name has in its own database have ended."""
    await session.fetch(_END_SESSIONS, name)


async def end_holders(session: Session, name: str) -> None:
    """No preview's session, in whatever database, holds a lock on the database or the role of this name."""
    await session.fetch(_END_HOLDERS, name)


async def databases_granting(session: Session, name: str) -> list[str]:
    """The databases of ours in which the role of this name was given something, or owns something."""
    return [str(row[0]) for row in await session.fetch(_GRANTING, name)]
