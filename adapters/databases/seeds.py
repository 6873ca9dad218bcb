"""Seeds: built in an empty database by a role of their own, then sealed as a template that branches are copied from.

Whatever is not sealed is half-built: never branched, and replaced by the next building.
"""

from dataclasses import replace
from datetime import timedelta

from adapters.databases import statements
from adapters.databases.copying import COPIED, EMPTY, Copying, inside, schemas_of
from adapters.databases.dropping import LOCK_SECONDS, drop_database, drop_name, drop_role
from adapters.databases.failures import translated
from adapters.databases.inspecting import Found, find, find_ours
from adapters.databases.marks import Kind, Mark, State, written
from adapters.databases.obstacles import end_sessions, refuse_occupied
from adapters.databases.sessions import Session, run, try_lock
from adapters.databases.verdicts import refuse_foreign
from adapters.databases.workplaces import Workplace, seed_name
from domain.errors import PermanentError
from domain.phases import Reason
from domain.resources import DatabaseRef, Seed

SECONDS = 600.0
"""The longest that one statement takes: VACUUM of a large seed is the slowest."""

ABANDONED = timedelta(days=1)
"""The age from which a half-built seed is taken for one that nobody will seal."""


async def is_sealed(place: Workplace, seed: Seed) -> bool:
    """Whether this version of the seed is there, complete and closed to connections."""
    name = seed_name(seed)
    with translated(f"looking for the seed {name}"):
        async with place.server.session(label=seed.label, seconds=SECONDS) as session:
            found = await find(session, name)
    return found.sealed and found.mark is not None and found.mark.same_owner(place.seed_mark(seed))


async def open_seed(place: Workplace, seed: Seed) -> DatabaseRef:
    """An empty database to build this seed in; a half-built one is gone, and its password with it."""
    name = seed_name(seed)
    with translated(f"opening the seed {name}"):
        async with place.locked(seed.label, name, seconds=SECONDS, lock_seconds=LOCK_SECONDS) as session:
            found = await find(session, name)
            mark = place.seed_mark(seed, _next_generation(place, found))
            refuse_foreign(found, mark)
            if found.sealed:
                raise PermanentError(f"the seed {name} is sealed already", reason=Reason.DATABASE_REFUSED)
            await refuse_occupied(session, EMPTY, COPIED)
            if found.has_database:
                await drop_database(session, name)
            deadline = place.now() + timedelta(seconds=SECONDS)
            copying = Copying(workplace=place, session=session, name=name, mark=mark, deadline=deadline)
            await copying.complete(
                EMPTY, role_exists=found.has_role, state=State.BUILDING, defaults=statements.BUILDING_DEFAULTS
            )
    return DatabaseRef(
        instance=seed.instance,
        name=name,
        label=seed.label,
        generation=mark.generation,
        password_key=mark.password_key,
    )


def _next_generation(place: Workplace, found: Found) -> int:
    """Higher than any before, so that what still builds a half-built seed cannot enter the next one."""
    before = found.role_mark.generation if found.role_mark else 0
    return max(int(place.now().timestamp()), before + 1)


async def seal(place: Workplace, seed: Seed) -> None:
    """What was built is complete and closed, belongs to the seeds' owner, and the role that built it is gone."""
    name = seed_name(seed)
    with translated(f"sealing the seed {name}"):
        async with place.locked(seed.label, name, seconds=SECONDS, lock_seconds=LOCK_SECONDS) as session:
            found = await find(session, name)
            refuse_foreign(found, place.seed_mark(seed))
            if not found.sealed:
                await _seal(place, session, found)
            await drop_role(place, session, name, seed.label)


async def _seal(place: Workplace, session: Session, found: Found) -> None:
    name, mark = found.name, found.mark
    if mark is None or mark.state is not State.BUILDING:
        raise PermanentError(f"the seed {name} was not built, so it cannot be sealed", reason=Reason.SEED_FAILED)
    await session.execute(statements.closed(name))
    await end_sessions(session, name)
    # Whoever stayed in it would keep every preview from being copied from it.
    await refuse_occupied(session, name, "sealed")
    await _finish(place, mark, name)
    await refuse_occupied(session, name, "sealed")
    comment = written(replace(mark, state=State.SEALED, password_key="", password_proof=""))
    await run(session, statements.sealed(name, comment=comment))


async def _finish(place: Workplace, mark: Mark, name: str) -> None:
    """Ownership is where branches expect it; hint bits and statistics are there, so that no branch has to make them."""
    async with inside(place, mark.label, name, SECONDS) as session:
        schemas, owner = await schemas_of(session, name), place.seed_owner
        handing = statements.handed_over(name, schemas=schemas, source=name, target=owner)
        await run(session, handing + statements.forgotten(name, source=name, target=owner))
        await session.execute("VACUUM (FREEZE, ANALYZE)")


async def drop_seeds(place: Workplace, repository: str, keep: int) -> tuple[str, ...]:
    """Only the newest sealed seeds of this repository are left, and none that was abandoned half-built."""
    with translated(f"dropping the old seeds of {repository}"):
        async with place.server.session(label="seeds", seconds=SECONDS) as session:
            ours = [found for found in await find_ours(session, place.installation) if _is_of(found, repository)]
        dropped = [found.name for found in _superfluous(place, ours, keep) if await _drop(place, found)]
    return tuple(dropped)


def _is_of(found: Found, repository: str) -> bool:
    return found.claim is not None and (found.claim.kind, found.claim.key) == (Kind.SEED, repository)


def _superfluous(place: Workplace, ours: list[Found], keep: int) -> list[Found]:
    sealed = sorted((found for found in ours if found.sealed), key=_made_at, reverse=True)
    half_built = [found for found in ours if not found.sealed]
    abandoned = [found for found in half_built if _made_at(found) < (place.now() - ABANDONED).isoformat()]
    return sealed[keep:] + abandoned


def _made_at(found: Found) -> str:
    return found.claim.made_at.isoformat() if found.claim else ""


async def _drop(place: Workplace, found: Found) -> bool:
    """Whether it was dropped: one that is being branched or built just now is left for the next time."""
    if found.claim is None:
        return False
    async with place.server.session(label=found.claim.label, seconds=SECONDS, lock_seconds=LOCK_SECONDS) as session:
        if not await try_lock(session, found.name):
            return False
        if found.template:
            await session.execute(statements.unsealed(found.name))
        await drop_name(place, session, found.name, found.claim)
        return True
