"""Listing: what of ours is in the project, for people; seeds too, which the port's `list` leaves out."""

from adapters.databases.marks import Kind
from adapters.databases.neon.marks import Mark
from adapters.databases.neon.projects import Found
from adapters.databases.neon.workplaces import Workplace, refuse_foreign
from domain.branches import Branch, BranchKind, BranchState
from domain.names import Key, database_name
from domain.resources import Removal


async def branches(place: Workplace) -> tuple[Branch, ...]:
    """Every branch and seed that carries this installation's mark, whatever it is called by now."""
    found = await place.project.branches()
    return tuple(_branch(place, each, each.mark) for each in found if each.mark and _is_ours(place, each, each.mark))


async def branch_of(place: Workplace, key: Key, label: str) -> Branch | None:
    """The branch of this preview, None if there is none; PermanentError if its name is taken by what is not its own."""
    found = await place.project.find(database_name(label))
    if found is None:
        return None
    anything = Removal(key=key, label=label, port="database", instance=place.instance, generation=0, entries=())
    refuse_foreign(found, place.removal_mark(anything, found.branch.name))
    return _branch(place, found, found.mark) if found.mark else None


def _is_ours(place: Workplace, found: Found, mark: Mark) -> bool:
    # A seed that is being opened, or is retired, has its name and a word behind it.
    is_seed = mark.kind is Kind.SEED and found.branch.name.startswith(f"{mark.name}.")
    return mark.installation == place.installation and (is_seed or place.owns(found))


def _branch(place: Workplace, found: Found, mark: Mark) -> Branch:
    is_branch = mark.kind is Kind.BRANCH
    return Branch(
        name=found.branch.name,
        kind=BranchKind.BRANCH if is_branch else BranchKind.SEED,
        key=mark.preview() if is_branch else None,
        repository=mark.preview().repository if is_branch else mark.key,
        label=mark.label,
        state=BranchState.READY if found.branch.usable else BranchState.HALF_MADE,
        generation=mark.generation,
        made_at=mark.made_at,
        seed=mark.seed.rsplit("_", 2)[-2] if is_branch and mark.seed.count("_") > 1 else mark.seed,
        owner=place.project.role,
    )
