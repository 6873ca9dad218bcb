"""Branching: a preview's own copy of a seed, made step by step so that a crash anywhere is made good by a repeat.

The role carries the mark before its database exists, the database says `cloned` before anybody may enter it, and
`ready` comes with the right to connect. Whatever is ours and not ready is dropped and made again.
"""

import asyncio
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace

from adapters.databases import statements
from adapters.databases.dropping import drop_database
from adapters.databases.failures import translated
from adapters.databases.inspecting import find
from adapters.databases.marks import Mark, State, written
from adapters.databases.sessions import Session, lock_shared, run
from adapters.databases.verdicts import Verdict, verdict
from adapters.databases.workplaces import Workplace, seed_name
from domain.errors import NotYet, PermanentError, TemporaryError
from domain.names import database_name
from domain.phases import Reason
from domain.requests import BranchRequest
from domain.resources import DatabaseRef, Seed

EMPTY = "template1"
"""What a database without a seed is copied from: an operator can put extensions there that need a superuser."""

SMALL = 100 * 1024 * 1024
"""Bytes up to which copying through the log is faster than copying files (measured break-even: 80 to 100 MB)."""

LOCK_SECONDS = 10.0
"""How long a hand-over waits for a lock inside a copy that nobody but autovacuum can be in."""

_CLONES = "SELECT coalesce('clone' = ANY (enumvals), false) FROM pg_settings WHERE name = 'file_copy_method'"
_SCHEMAS = "SELECT nspname FROM pg_namespace WHERE pg_get_userbyid(nspowner) = $1 OR nspname = 'public' ORDER BY 1"


@dataclass(frozen=True, kw_only=True)
class Copying:
    """The copying of one template to one name, by the session that holds the lock on that name."""

    workplace: Workplace
    session: Session
    name: str
    mark: Mark
    seconds: float

    async def make(self, template: str, *, role_exists: bool) -> None:
        """The copy is there, marked, and nobody but us may connect to it."""
        limit, comment = self.workplace.connection_limit, written(self.mark)
        await self.set_password(role_exists=role_exists)
        strategy = await _strategy(self.session, template)
        await self.session.execute(statements.copied(self.name, template=template, strategy=strategy))
        await run(self.session, statements.cloned(self.name, limit=limit, comment=comment))

    async def set_password(self, *, role_exists: bool) -> None:
        """The role is there, marked, with the password of its generation whatever it was before."""
        place = self.workplace
        verifier = place.ring.verifier(self.mark.password_key, place.account(self.name, self.mark.generation))
        comment = written(self.mark)
        limit = place.connection_limit
        await run(self.session, statements.role(self.name, role_exists, verifier, limit, comment))

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


async def branch(place: Workplace, request: BranchRequest) -> DatabaseRef:
    """The preview has its own database of the wanted generation; what does not end by the deadline is given up."""
    name, seconds = database_name(request.label), (request.deadline - place.now()).total_seconds()
    if seconds <= 0:
        raise TemporaryError(f"branching {name}: its lease ended before it began", reason=Reason.TIMED_OUT)
    with translated(f"branching {name}"):
        async with asyncio.timeout(seconds), place.locked(request.label, name, seconds=seconds) as session:
            await _branch(place, session, request, seconds)
    return DatabaseRef(
        instance=request.instance,
        name=name,
        label=request.label,
        generation=request.generation,
        password_key=place.ring.current,
    )


async def _branch(place: Workplace, session: Session, request: BranchRequest, seconds: float) -> None:
    mark, name = place.branch_mark(request), database_name(request.label)
    found = await find(session, name)
    answer = verdict(found, mark)
    if found.mark:
        place.ring.check(found.mark.password_key, found.mark.password_proof)
    copying = Copying(workplace=place, session=session, name=name, mark=mark, seconds=seconds)
    if answer is Verdict.KEEP and found.mark:
        kept = replace(copying, mark=replace(mark, made_at=found.mark.made_at, seed=found.mark.seed))
        await kept.set_password(role_exists=True)
        await kept.open(State.READY, statements.DEFAULTS)
        return
    # The seed is looked for first: a branch that cannot be made again is not dropped.
    template = await _template(place, session, request.seed)
    if answer is Verdict.REPLACE:
        await drop_database(session, name)
    await copying.make(template, role_exists=found.has_role)
    await copying.hand_over()
    await copying.open(State.READY, statements.DEFAULTS)


def inside(place: Workplace, label: str, name: str, seconds: float) -> AbstractAsyncContextManager[Session]:
    """A session in the database of this name that gives up soon where somebody else holds a table."""
    return place.server.session(label=label, seconds=seconds, database=name, lock_seconds=LOCK_SECONDS)


async def schemas_of(session: Session, owner: str) -> list[str]:
    """The schemas of the session's database that this role owns, and `public` if it is there."""
    return [str(row[0]) for row in await session.fetch(_SCHEMAS, owner)]


async def _template(place: Workplace, session: Session, seed: Seed | None) -> str:
    if seed is None:
        return EMPTY
    name = seed_name(seed)
    await lock_shared(session, name)
    found = await find(session, name)
    mark = found.mark
    if mark is None or not mark.same_owner(place.seed_mark(seed)):
        raise PermanentError(
            f"the seed {name} of {seed.repository} is not there: a new rollout builds it", reason=Reason.SEED_FAILED
        )
    if not found.sealed:
        raise NotYet(f"the seed {name} of {seed.repository} is still being built", reason=Reason.SEED_FAILED)
    return name


async def _strategy(session: Session, template: str) -> str:
    # PostgreSQL lets only those ask for a size who may connect, and nobody may ask for template1's but its owner.
    if template == EMPTY or await session.fetchval("SELECT pg_database_size($1::name)", template) < SMALL:
        return "WAL_LOG"
    if await session.fetchval(_CLONES):
        await session.execute("SET file_copy_method = clone")
    return "FILE_COPY"
