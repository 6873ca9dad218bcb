"""Dropping: a preview's branch is deleted for good, and it was looked up that Neon lists it no more.

Neon has no lock that a worker could hold. A request that was on its way when its worker froze can still be carried out
after a drop: what it makes carries our mark, so the sweep finds it, and Neon deletes it when it expires.
"""

from adapters.databases.neon.failures import Refused
from adapters.databases.neon.projects import AFTER, Found
from adapters.databases.neon.workplaces import Workplace, refuse_foreign, refuse_late
from adapters.databases.verdicts import refuse_others
from domain.errors import NotYet, TemporaryError
from domain.phases import Reason
from domain.resources import Entry, Removal

_SHOWN = 5
"""Children that an error names."""


async def drop(place: Workplace, removal: Removal) -> tuple[Entry, ...]:
    """The entries, each verified gone."""
    refuse_others(removal, {"branch"})
    for name in sorted({entry.name for entry in removal.entries}):
        if found := await place.project.find(name):
            mark = place.removal_mark(removal, name)
            refuse_foreign(found, mark)
            refuse_late(found, mark)
            await delete(place, found, Reason.TEARDOWN_BLOCKED)
            await _verify_gone(place, found)
    return removal.entries


async def _verify_gone(place: Workplace, found: Found) -> None:
    # What has the name now may have been made since, which is no longer what was to be dropped.
    left = await place.project.find(found.branch.name)
    if left and left.branch.id == found.branch.id:
        message = f"dropping {found.branch.name}: Neon still lists it"
        raise NotYet(message, reason=Reason.TEARDOWN_BLOCKED, retry_after=AFTER)


async def delete(place: Workplace, found: Found, blocked: Reason) -> None:
    """The branch is being deleted; TemporaryError names the branches that somebody made of it."""
    branch = found.branch
    if names := await children(place, found):
        raise _in_the_way(found, names, blocked)
    try:
        await place.project.delete(branch)
    except Refused:
        # Somebody may have branched it since it was looked at.
        if names := await children(place, found):
            raise _in_the_way(found, names, blocked) from None
        raise


async def children(place: Workplace, found: Found) -> tuple[str, ...]:
    """The names of the branches that were made of this one."""
    everything = await place.project.branches()
    return tuple(sorted(each.branch.name for each in everything if each.branch.parent_id == found.branch.id))


def _in_the_way(found: Found, names: tuple[str, ...], blocked: Reason) -> TemporaryError:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return TemporaryError(
        f"Neon's branch {found.branch.name} has branches of its own, {', '.join(names[:_SHOWN])}{more}: delete them",
        reason=blocked,
        retry_after=10,
    )
