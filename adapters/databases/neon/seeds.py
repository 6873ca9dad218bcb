"""Seeds: branches of the configured parent that never expire, as nothing can be branched from what does.

How far a seed has come shows in what Neon lets us change. It gets its own name when its builder may have it, so one
that has the name and is not sealed is half-built. It is sealed by taking its compute endpoint away: nobody can connect
to it any more. Neon deletes no branch that others were made of, so an old seed in use is retired by a name that nobody
looks for, and deleted once nothing stands on it.
"""

from datetime import timedelta

from adapters.databases.marks import Kind
from adapters.databases.neon.branching import make, own_password
from adapters.databases.neon.dropping import children, delete
from adapters.databases.neon.marks import Mark
from adapters.databases.neon.projects import AFTER, Found
from adapters.databases.neon.workplaces import Workplace, refuse_foreign
from adapters.databases.workplaces import seed_name
from domain.errors import NotYet, PermanentError
from domain.phases import Reason
from domain.resources import DatabaseRef, Seed

ABANDONED = timedelta(days=1)
"""The age from which a half-built seed is taken for one that nobody will seal."""


async def is_sealed(place: Workplace, seed: Seed) -> bool:
    """Whether this version of the seed is there, complete and closed to connections."""
    found = await place.project.find(seed_name(seed))
    if found is None or found.mark is None or not found.mark.same_owner(place.seed_mark(seed)):
        return False
    return await _closed(place, found)


async def open_seed(place: Workplace, seed: Seed) -> DatabaseRef:
    """A branch of the parent to build this seed in; a half-built one is gone, and its password with it."""
    mark = place.seed_mark(seed)
    there = {found.branch.name: found for found in await place.project.branches(mark.name)}
    if found := there.get(mark.name):
        await _delete_half_built(place, found, mark)
    opening = there.get(_opening(mark))
    if opening is None:
        await make(place, _opening(mark), mark, await place.parent_id(), expiring=False)
        raise NotYet(f"opening the seed {mark.name}: Neon has begun", retry_after=AFTER)
    refuse_foreign(opening, mark)
    await own_password(place, opening)
    await place.project.update(opening.branch, {"name": mark.name})
    generation = opening.mark.generation if opening.mark else 0
    return DatabaseRef(instance=seed.instance, name=mark.name, label=seed.label, generation=generation)


async def _delete_half_built(place: Workplace, found: Found, mark: Mark) -> None:
    refuse_foreign(found, mark)
    if not await place.project.has_endpoint(found.branch):
        raise PermanentError(f"the seed {mark.name} is sealed already", reason=Reason.DATABASE_REFUSED)
    await delete(place, found, Reason.DATABASE_REFUSED)
    raise NotYet(f"opening the seed {mark.name}: a half-built one is being deleted", retry_after=AFTER)


async def seal(place: Workplace, seed: Seed) -> None:
    """What was built is complete and closed: nothing leads to it any more."""
    mark = place.seed_mark(seed)
    found = await place.project.find(mark.name)
    if found is None:
        raise PermanentError(f"the seed {mark.name} was not built, so it cannot be sealed", reason=Reason.SEED_FAILED)
    refuse_foreign(found, mark)
    await place.project.settled(found.branch)
    if not await _closed(place, found):
        await place.project.close(found.branch)
        raise NotYet(f"sealing the seed {mark.name}: Neon has begun", retry_after=AFTER)


async def drop_seeds(place: Workplace, repository: str, keep: int) -> tuple[str, ...]:
    """Only the newest sealed seeds of this repository are left, and none that was abandoned half-built."""
    ours = [found for found in await place.project.branches() if _is_of(place, found, repository)]
    for retired in filter(_is_retired, ours):
        await _delete_if_free(place, retired)
    superfluous = await _superfluous(place, [found for found in ours if not _is_retired(found)], keep)
    for found in superfluous:
        if not await _delete_if_free(place, found):
            await place.project.update(found.branch, {"name": _retired(found)})
    return tuple(found.branch.name for found in superfluous)


async def _closed(place: Workplace, found: Found) -> bool:
    """Whether nothing leads to the branch; one that is just being made has its endpoint from the first moment."""
    return found.branch.usable and not await place.project.has_endpoint(found.branch)


async def _superfluous(place: Workplace, seeds: list[Found], keep: int) -> list[Found]:
    newest_first = sorted(seeds, key=_made_at, reverse=True)
    # One that nothing leads to is sealed, also while Neon is at work on it.
    half_built = [found for found in newest_first if await place.project.has_endpoint(found.branch)]
    sealed = [found for found in newest_first if found not in half_built]
    limit = (place.now() - ABANDONED).isoformat()
    return sealed[keep:] + [found for found in half_built if _made_at(found) < limit]


async def _delete_if_free(place: Workplace, found: Found) -> bool:
    """Whether it is being deleted: no preview's data stand on it."""
    if await children(place, found):
        return False
    await delete(place, found, Reason.DATABASE_REFUSED)
    return True


def _is_of(place: Workplace, found: Found, repository: str) -> bool:
    mark = found.mark
    if mark is None or (mark.installation, mark.kind, mark.key) != (place.installation, Kind.SEED, repository):
        return False
    return found.branch.name in {mark.name, _opening(mark), _retired(found)}


def _is_retired(found: Found) -> bool:
    return found.branch.name == _retired(found)


def _opening(mark: Mark) -> str:
    """The name of a seed that nobody was given yet."""
    return f"{mark.name}.opening"


def _retired(found: Found) -> str:
    """A name that is no seed's, and that no other retired one has."""
    return f"{found.mark.name if found.mark else ''}.retired.{found.branch.id}"


def _made_at(found: Found) -> str:
    return found.mark.made_at.isoformat() if found.mark else ""
