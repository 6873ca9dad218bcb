"""Branching: a preview's own branch of a seed, brought one step further by every attempt.

Each attempt looks at what is there, takes the next step, and says "not yet" until all are done: the branch is there,
nothing runs on it, and its role has a password that no other branch knows. So an attempt that was cut off anywhere, or
whose answer was lost, is made good by the next one.
"""

import asyncio
from http import HTTPStatus

from adapters.databases.neon.dropping import delete
from adapters.databases.neon.failures import Refused
from adapters.databases.neon.marks import Mark
from adapters.databases.neon.projects import AFTER, Found
from adapters.databases.neon.workplaces import Workplace, refuse_foreign, refuse_late
from adapters.databases.workplaces import seed_name
from domain.errors import NotYet, PermanentError, TemporaryError
from domain.phases import Reason
from domain.requests import BranchRequest
from domain.resources import DatabaseRef, Seed

_REFUSED = {HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY}


async def branch(place: Workplace, request: BranchRequest) -> DatabaseRef:
    """The preview has its own branch of the wanted generation; what does not end by the deadline is given up."""
    mark, seconds = place.branch_mark(request), (request.deadline - place.now()).total_seconds()
    if seconds <= 0:
        raise TemporaryError(f"branching {mark.name}: its lease has ended", reason=Reason.TIMED_OUT)
    try:
        async with asyncio.timeout(seconds):
            await _step(place, request.seed, mark)
    except TimeoutError as error:
        raise TemporaryError(f"branching {mark.name}: its lease has ended", reason=Reason.TIMED_OUT) from error
    return DatabaseRef(instance=request.instance, name=mark.name, label=mark.label, generation=mark.generation)


async def _step(place: Workplace, seed: Seed | None, mark: Mark) -> None:
    """Returns once there is nothing left to do."""
    found = await place.project.find(mark.name)
    if found is None:
        await make(place, mark.name, mark, await _parent(place, seed), expiring=True)
        raise NotYet(f"branching {mark.name}: Neon has begun", retry_after=AFTER)
    refuse_foreign(found, mark)
    refuse_late(found, mark)
    if found.mark and found.mark.generation < mark.generation:
        # The seed is looked for first: a branch that cannot be made again is not deleted.
        await _parent(place, seed)
        await delete(place, found, Reason.DATABASE_REFUSED)
        raise NotYet(f"branching {mark.name}: its old data are being deleted", retry_after=AFTER)
    await own_password(place, found)


async def own_password(place: Workplace, found: Found) -> None:
    """Returns when nothing runs on the branch and its role has a password that is not its parent's.

    A branch begins with its parent's password, unless that one is protected.
    """
    await place.project.settled(found.branch)
    if await place.project.shares_password(found.branch):
        await place.project.renew_password(found.branch)
        raise NotYet(f"branching {found.branch.name}: it is getting a password of its own", retry_after=AFTER)


async def make(place: Workplace, name: str, mark: Mark, parent: str, *, expiring: bool) -> None:
    """A branch of this name with this mark is being made; NotYet if somebody else has just made one."""
    try:
        await _made(place, name, mark, parent, expiring=expiring)
    except Refused as error:
        if error.status != HTTPStatus.CONFLICT:
            raise
        if await place.project.find(name) is None:
            # Neon may keep the name of what was deleted for as long as that can be recovered.
            raise TemporaryError(
                f"branching {name}: Neon says that it is there and does not list it; if one of that name was "
                "deleted by hand, delete it for good",
                reason=Reason.DATABASE_UNAVAILABLE,
                retry_after=10,
            ) from error
        raise NotYet(f"branching {name}: somebody made it at the same moment", retry_after=AFTER) from error


async def _made(place: Workplace, name: str, mark: Mark, parent: str, *, expiring: bool) -> None:
    try:
        await place.project.make(name, mark, parent, expires=place.end if expiring else None)
    except Refused as error:
        if not expiring or error.status not in _REFUSED or "expir" not in error.said.lower():
            raise
        # Not every account may let branches expire. It is only a second wall: Matinee drops them itself.
        await place.project.make(name, mark, parent, expires=None)


async def _parent(place: Workplace, seed: Seed | None) -> str:
    if seed is None:
        return await place.parent_id()
    name = seed_name(seed)
    found = await place.project.find(name)
    if found is None or found.mark is None or not found.mark.same_owner(place.seed_mark(seed)):
        raise PermanentError(
            f"the seed {name} of {seed.repository} is not there: a new rollout builds it", reason=Reason.SEED_FAILED
        )
    if not found.branch.usable or await place.project.has_endpoint(found.branch):
        raise NotYet(f"the seed {name} of {seed.repository} is still being built", reason=Reason.SEED_FAILED)
    return found.branch.id
