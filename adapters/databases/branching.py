"""Branching: a preview's own copy of a seed, made step by step so that a crash anywhere is made good by a repeat.

The database says `cloned` before anybody may enter it, and `ready` comes with the right to connect. Whatever is ours
and not ready is dropped and made again.
"""

import asyncio
from dataclasses import replace

from adapters.databases import statements
from adapters.databases.copying import COPIED, EMPTY, Copying
from adapters.databases.dropping import drop_database
from adapters.databases.failures import translated
from adapters.databases.inspecting import find
from adapters.databases.marks import State
from adapters.databases.obstacles import refuse_occupied
from adapters.databases.sessions import Session, lock_shared
from adapters.databases.verdicts import Verdict, verdict
from adapters.databases.workplaces import Workplace, seed_name
from domain.errors import NotYet, PermanentError, TemporaryError
from domain.names import database_name
from domain.phases import Reason
from domain.requests import BranchRequest
from domain.resources import DatabaseRef, Seed


async def branch(place: Workplace, request: BranchRequest) -> DatabaseRef:
    """The preview has its own database of the wanted generation; what does not end by the deadline is given up."""
    name, seconds = database_name(request.label), (request.deadline - place.now()).total_seconds()
    if seconds <= 0:
        raise TemporaryError(f"branching {name}: its lease ended before it began", reason=Reason.TIMED_OUT)
    with translated(f"branching {name}"):
        async with asyncio.timeout(seconds), place.locked(request.label, name, seconds=seconds) as session:
            await _branch(place, session, request)
    return DatabaseRef(
        instance=request.instance,
        name=name,
        label=request.label,
        generation=request.generation,
        password_key=place.ring.current,
    )


async def _branch(place: Workplace, session: Session, request: BranchRequest) -> None:
    mark, name = place.branch_mark(request), database_name(request.label)
    found = await find(session, name)
    answer = verdict(found, mark)
    if found.mark:
        place.ring.check(found.mark.password_key, found.mark.password_proof)
    copying = Copying(workplace=place, session=session, name=name, mark=mark, deadline=request.deadline)
    if answer is Verdict.KEEP and found.mark:
        kept = replace(copying, mark=replace(mark, made_at=found.mark.made_at, seed=found.mark.seed))
        await kept.set_password(role_exists=True)
        await kept.open(State.READY, statements.DEFAULTS)
        return
    # The seed is looked at first: a branch that cannot be made again is not dropped.
    template = await _template(place, session, request.seed)
    await refuse_occupied(session, template, COPIED)
    if answer is Verdict.REPLACE:
        await drop_database(session, name)
    await copying.complete(template, role_exists=found.has_role, state=State.READY, defaults=statements.DEFAULTS)


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
