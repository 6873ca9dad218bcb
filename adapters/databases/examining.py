"""Examining a server: what it lacks for previews, in words, each with the SQL that an administrator cures it by."""

import asyncpg

from adapters.databases.failures import translated
from adapters.databases.requirements import OURS, Requirement, requirements
from adapters.databases.sessions import Session
from adapters.databases.statements import identifier
from adapters.databases.workplaces import Workplace
from domain.errors import MatineeError

_SECONDS = 20.0

_MAY_LOOK = "SELECT has_function_privilege('pg_ls_dir(text)', 'EXECUTE')"
_MAKING = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query ILIKE 'CREATE DATABASE%'"
_LEAKED = """
SELECT folder FROM pg_ls_dir('base') AS folder
WHERE folder ~ '^[0-9]+$' AND folder::bigint NOT IN (SELECT oid::bigint FROM pg_database) ORDER BY 1
"""

# Of others' sessions we see no more than who is where, and the server's own have no user.
_USED = "SELECT count(*) FROM pg_stat_activity WHERE datid IS NOT NULL AND usename <> current_user"
_FEW_CONNECTIONS = (
    "max_connections is {most}, of which {used} are used, and one more preview may open {limit} beside our {ours}: "
    "ALTER SYSTEM SET max_connections = {wanted}; and restart the server, or lower CONNECTION_LIMIT"
)
_LEFT = (
    "a crash left files of databases that are none, in the server's folder base: {folders}. If no database is being "
    "made, and SELECT oid, datname FROM pg_database; knows none of these numbers, delete the folders of these names"
)


async def examine(place: Workplace) -> tuple[str, ...]:
    """What is missing, each with its cure; empty if nothing is."""
    server = place.server
    try:
        with translated(f"examining {server.host}:{server.port}"):
            async with server.session(label="doctor", seconds=_SECONDS) as session:
                wanted = requirements(server.user, place.seed_owner, server.maintenance)
                missing = [one.words for one in wanted if not await _holds(session, one, place.seed_owner)]
                return (*missing, *await _connections(place, session), *await _leaks(session))
    except MatineeError as error:
        if isinstance(error.__cause__, asyncpg.InvalidCatalogNameError):
            admin = f"CREATE DATABASE {identifier(server.maintenance)} OWNER {identifier(server.user)};"
            return (f"the maintenance database is missing: {admin}",)
        return (error.message,)


async def _holds(session: Session, requirement: Requirement, owner: str) -> bool:
    try:
        return bool(await session.fetchval(requirement.question, owner))
    except asyncpg.InvalidCatalogNameError:
        # A server may well have no database named postgres.
        return True


async def _connections(place: Workplace, session: Session) -> tuple[str, ...]:
    """Whether one more preview could use up the server's connections, beside those that are in use now."""
    used, limit = int(await session.fetchval(_USED)), place.connection_limit
    most, wanted = int(await session.fetchval("SHOW max_connections")), used + limit + OURS
    if wanted <= most:
        return ()
    return (_FEW_CONNECTIONS.format(most=most, used=used, limit=limit, ours=OURS, wanted=wanted),)


async def _leaks(session: Session) -> tuple[str, ...]:
    """The folders that a crash left of databases in the making, where we may look; nobody deletes them for you."""
    # A database that is being made has its folder before it is in the catalogue, and looks just the same.
    if not await session.fetchval(_MAY_LOOK) or await session.fetchval(_MAKING):
        return ()
    folders = ", ".join(str(row[0]) for row in await session.fetch(_LEAKED))
    return (_LEFT.format(folders=folders),) if folders else ()
