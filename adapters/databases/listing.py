"""Listing: what of ours is on the server, for people; more than the port's `list`, which only teardowns need."""

from contextlib import suppress

import asyncpg

from adapters.databases.failures import translated
from adapters.databases.inspecting import Found, find, find_ours
from adapters.databases.marks import Kind, Mark, State
from adapters.databases.sessions import Session
from adapters.databases.verdicts import refuse_foreign
from adapters.databases.workplaces import Workplace
from domain.branches import Branch, BranchKind, BranchState
from domain.names import Key, database_name
from domain.resources import Removal

_SECONDS = 20.0
_SIZE = "SELECT pg_database_size($1::name)"


async def branches(place: Workplace) -> tuple[Branch, ...]:
    """Every branch and seed with this installation's mark, and how much room each takes."""
    with translated("listing databases"):
        async with place.server.session(label="list", seconds=_SECONDS) as session:
            ours = await find_ours(session, place.installation)
            return tuple([_branch(place, found, mark, await _size(session, found)) for found, mark in _marked(ours)])


async def branch_of(place: Workplace, key: Key, label: str) -> Branch | None:
    """The branch of this preview, None if there is none; PermanentError if its name is taken by what is not its own."""
    name = database_name(label)
    with translated(f"looking for {name}"):
        async with place.server.session(label="look", seconds=_SECONDS) as session:
            found = await find(session, name)
            mark = found.claim
            refuse_foreign(found, place.removal_mark(_anything(place, key, label)))
            if mark is None:
                return None
            place.ring.check(mark.password_key, mark.password_proof)
            return _branch(place, found, mark, await _size(session, found))


def _anything(place: Workplace, key: Key, label: str) -> Removal:
    return Removal(key=key, label=label, port="database", instance=place.instance, generation=0, entries=())


def _marked(ours: tuple[Found, ...]) -> list[tuple[Found, Mark]]:
    return [(found, found.claim) for found in ours if found.claim]


def _branch(place: Workplace, found: Found, mark: Mark, size: int | None) -> Branch:
    is_branch = mark.kind is Kind.BRANCH
    key = mark.preview() if is_branch else None
    return Branch(
        name=found.name,
        kind=BranchKind.BRANCH if is_branch else BranchKind.SEED,
        key=key,
        repository=key.repository if key else mark.key,
        label=mark.label,
        state=_state(found, mark),
        generation=mark.generation,
        size=size,
        made_at=mark.made_at,
        seed=_version(mark.seed) if is_branch else mark.seed,
        owner=found.name if found.has_role else place.seed_owner if found.sealed else "",
        password_key=mark.password_key,
    )


def _state(found: Found, mark: Mark) -> BranchState:
    if found.invalid:
        return BranchState.INVALID
    is_ready = found.has_database and found.has_role and mark.state is State.READY
    return BranchState.READY if is_ready or found.sealed else BranchState.HALF_MADE


def _version(seed: str) -> str:
    """The version that the name of a seed's database tells, which is its part before the last."""
    return seed.rsplit("_", 2)[-2] if seed.count("_") > 1 else seed


async def _size(session: Session, found: Found) -> int | None:
    """None for a role without a database, and for what was dropped a moment ago."""
    if found.has_database:
        with suppress(asyncpg.InvalidCatalogNameError):
            return int(await session.fetchval(_SIZE, found.name))
    return None
