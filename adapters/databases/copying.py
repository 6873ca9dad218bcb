"""Copying: one template to one name, with its role, mark and owner; previews and seeds are both made of this.

The role carries the mark before its database exists, so that nothing can be left behind that is not found.
"""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, replace
from datetime import datetime

import asyncpg

from adapters.databases import statements
from adapters.databases.dropping import drop_name
from adapters.databases.marks import Mark, State, written
from adapters.databases.obstacles import refuse_occupied
from adapters.databases.sessions import Session, limit_statements, run
from adapters.databases.workplaces import Workplace
from domain.errors import MatineeError

EMPTY = "template1"
"""What a database without a seed is copied from: an operator can put extensions there that need a superuser."""

SMALL = 100 * 1024 * 1024
"""Bytes up to which copying through the log is faster than copying files (measured break-even: 80 to 100 MB)."""

LOCK_SECONDS = 10.0
"""How long a hand-over waits for a lock inside a copy that nobody but autovacuum can be in."""

COPIED = "copied"
"""What cannot be done with a template that somebody is connected to."""

_FAILURES = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, MatineeError)
"""What a step ends with where the server is short of something or away."""

_CLONES = "SELECT coalesce('clone' = ANY (enumvals), false) FROM pg_settings WHERE name = 'file_copy_method'"
_SCHEMAS = "SELECT nspname FROM pg_namespace WHERE pg_get_userbyid(nspowner) = $1 OR nspname = 'public' ORDER BY 1"


@dataclass(frozen=True, kw_only=True)
class Copying:
    """The copying of one template to one name, by the session that holds the lock on that name."""

    workplace: Workplace
    session: Session
    name: str
    mark: Mark
    deadline: datetime

    @property
    def seconds(self) -> float:
        """What is left until the deadline, and a moment where nothing is, because PostgreSQL takes 0 for ever."""
        return max(0.001, (self.deadline - self.workplace.now()).total_seconds())

    async def complete(self, template: str, *, role_exists: bool, state: State, defaults: Mapping[str, str]) -> None:
        """The copy is there, its own role's and open; a step that fails leaves neither database nor role.

        A server that is short of disk or locks is not left shorter, and one that is away is left to the next attempt.
        """
        try:
            await self.make(template, role_exists=role_exists)
            await self.hand_over()
            await self.open(state, defaults)
        except _FAILURES:
            with suppress(*_FAILURES):
                await drop_name(self.workplace, self.session, self.name, self.mark)
            raise

    async def make(self, template: str, *, role_exists: bool) -> None:
        """The copy is there, marked, and nobody but us may connect to it."""
        limit, comment = self.workplace.connection_limit, written(self.mark)
        await self.set_password(role_exists=role_exists)
        strategy = await _strategy(self.session, template)
        # A worker that froze gives nothing up, so the server has to know when to end the longest statement of all.
        await limit_statements(self.session, self.seconds)
        try:
            await self.session.execute(statements.copied(self.name, template=template, strategy=strategy))
        except asyncpg.ObjectInUseError:
            await refuse_occupied(self.session, template, COPIED)
            raise
        await run(self.session, statements.cloned(self.name, limit=limit, comment=comment))

    async def set_password(self, *, role_exists: bool) -> None:
        """The role is there, marked, with the password of its generation whatever it was before."""
        place = self.workplace
        changes = statements.role(
            self.name,
            exists=role_exists,
            verifier=place.ring.verifier(self.mark.password_key, place.account(self.name, self.mark.generation)),
            limit=place.connection_limit,
            comment=written(self.mark),
        )
        await run(self.session, changes)

    async def hand_over(self) -> None:
        """All that was built inside the template belongs to the copy's own role."""
        place = self.workplace
        async with inside(place, self.mark.label, self.name, self.seconds) as session:
            schemas = await schemas_of(session, place.seed_owner)
            source, target = place.seed_owner, self.name
            await run(session, statements.handed_over(self.name, schemas=schemas, source=source, target=target))

    async def open(self, state: State, defaults: Mapping[str, str]) -> None:
        """The copy's own role may connect, with these settings to begin with, and the mark says this state."""
        comment = written(replace(self.mark, state=state))
        await run(self.session, statements.opened(self.name, defaults=defaults, comment=comment))


def inside(place: Workplace, label: str, name: str, seconds: float) -> AbstractAsyncContextManager[Session]:
    """A session in the database of this name that gives up soon where somebody else holds a table."""
    return place.server.session(label=label, seconds=seconds, database=name, lock_seconds=LOCK_SECONDS)


async def schemas_of(session: Session, owner: str) -> list[str]:
    """The schemas of the session's database that this role owns, and `public` if it is there."""
    return [str(row[0]) for row in await session.fetch(_SCHEMAS, owner)]


async def _strategy(session: Session, template: str) -> str:
    # PostgreSQL lets only those ask for a size who may connect, and nobody may ask for template1's but its owner.
    if template == EMPTY or await session.fetchval("SELECT pg_database_size($1::name)", template) < SMALL:
        return "WAL_LOG"
    if await session.fetchval(_CLONES):
        await session.execute("SET file_copy_method = clone")
    return "FILE_COPY"
