"""Dropping: a preview's database and role are gone, and it was looked up that they are.

It happens under the lock of a branching, so that no earlier branching can still land once something is gone.
"""

import asyncpg

from adapters.databases import statements
from adapters.databases.failures import is_guarded, translated
from adapters.databases.inspecting import find
from adapters.databases.marks import Mark
from adapters.databases.obstacles import blockers, databases_granting, end_holders, end_sessions
from adapters.databases.sessions import Session
from adapters.databases.verdicts import refuse_foreign, refuse_late, refuse_others
from adapters.databases.workplaces import Workplace
from domain.errors import TemporaryError
from domain.phases import Reason
from domain.resources import Entry, Removal

SECONDS = 120.0
"""The longest that one statement of a drop takes; a DROP of 2 GB took 4 s where it was measured."""

LOCK_SECONDS = 15.0
"""How long to wait for a branching of the same name before saying that it stands in the way."""

_IN_THE_WAY = (asyncpg.ObjectInUseError, asyncpg.LockNotAvailableError)


async def drop(place: Workplace, removal: Removal) -> tuple[Entry, ...]:
    """The entries, each verified gone."""
    refuse_others(removal, {"database", "role"})
    mark = place.removal_mark(removal)
    for name in sorted({entry.name for entry in removal.entries}):
        with translated(f"dropping {name}", blocked=Reason.TEARDOWN_BLOCKED):
            locked = place.locked(removal.label, name, seconds=SECONDS, lock_seconds=LOCK_SECONDS)
            async with locked as session:
                refuse_late(await find(session, name), mark)
                await drop_name(place, session, name, mark)
    return removal.entries


async def drop_name(place: Workplace, session: Session, name: str, mark: Mark) -> None:
    """The database and the role of this name are gone; PermanentError(NOT_OURS) if they are not the mark's."""
    found = await find(session, name)
    refuse_foreign(found, mark)
    if found.has_database:
        await drop_database(session, name)
    await drop_role(place, session, name, mark.label)
    left = await find(session, name)
    if left.has_database or left.has_role:
        raise TemporaryError(f"{name} is there again after it was dropped", reason=Reason.TEARDOWN_BLOCKED)


async def drop_database(session: Session, name: str) -> None:
    """The database is gone, with all sessions in it; TemporaryError(TEARDOWN_BLOCKED) names what stands in the way."""
    await end_holders(session, name)
    try:
        await session.execute(f"DROP DATABASE IF EXISTS {statements.identifier(name)} WITH (FORCE)")
    except asyncpg.InsufficientPrivilegeError as error:
        if not is_guarded(error):
            raise
        # FORCE gives up before one session that is not ours to end; without it PostgreSQL ends autovacuum itself.
        await end_sessions(session, name)
        await _drop_gently(session, name)
    except _IN_THE_WAY as error:
        raise await _blocked(session, name) from error


async def drop_role(place: Workplace, session: Session, name: str, label: str) -> None:
    """The role is gone, whatever other previews granted to it."""
    statement = f"DROP ROLE IF EXISTS {statements.identifier(name)}"
    await end_holders(session, name)
    try:
        await session.execute(statement)
    except asyncpg.DependentObjectsStillExistError:
        for database in await databases_granting(session, name):
            try:
                await _take_back(place, database, name, label)
            except (asyncpg.TooManyConnectionsError, asyncpg.LockNotAvailableError):
                # Its preview keeps all of its connections, or a lock on what it granted: it begins anew.
                await end_sessions(session, database)
                await _take_back(place, database, name, label)
        await session.execute(statement)


async def _take_back(place: Workplace, database: str, name: str, label: str) -> None:
    """What was granted to the role in somebody else's database is taken from it."""
    server = place.server
    async with server.session(label=label, seconds=SECONDS, database=database, lock_seconds=LOCK_SECONDS) as session:
        await session.execute(f"DROP OWNED BY {statements.identifier(name)}")


async def _drop_gently(session: Session, name: str) -> None:
    try:
        await session.execute(f"DROP DATABASE IF EXISTS {statements.identifier(name)}")
    except _IN_THE_WAY as error:
        raise await _blocked(session, name) from error


async def _blocked(session: Session, name: str) -> TemporaryError:
    what = await blockers(session, name) or "something that has just gone"
    return TemporaryError(
        f"database {name} cannot be dropped yet, because of {what}", reason=Reason.TEARDOWN_BLOCKED, retry_after=5
    )
