"""The decision what to do about a name, from what is there and what is wanted: no I/O, so every case is a test."""

from collections.abc import Collection
from enum import Enum, auto

from adapters.databases.inspecting import Found
from adapters.databases.marks import Mark, State
from domain.errors import PermanentError, TemporaryError
from domain.phases import Reason
from domain.resources import Removal


class Verdict(Enum):
    """What to do about a wanted branch."""

    MAKE = auto()
    KEEP = auto()
    REPLACE = auto()


def verdict(found: Found, wanted: Mark) -> Verdict:
    """What to do; PermanentError if what is there is not ours, or of a generation that is newer than the wanted."""
    refuse_foreign(found, wanted)
    mark = found.mark
    if not found.has_database:
        return Verdict.MAKE
    if mark is None or found.invalid:
        return Verdict.REPLACE
    refuse_late(found, wanted)
    same = mark.generation == wanted.generation and mark.state is State.READY and found.has_role
    return Verdict.KEEP if same else Verdict.REPLACE


def refuse_late(found: Found, wanted: Mark) -> None:
    """Returns unless what is there is of a newer generation than the wanted mark; PermanentError then."""
    mark = found.claim
    if mark and mark.same_owner(wanted) and mark.generation > wanted.generation:
        raise PermanentError(
            f"database {found.name} has generation {mark.generation}, which is newer than the {wanted.generation} "
            "asked for: ask for a higher one",
            reason=Reason.DATABASE_REFUSED,
        )


def refuse_others(removal: Removal, kinds: Collection[str]) -> None:
    """Returns if all entries are of these kinds; TemporaryError(TEARDOWN_BLOCKED) names one that another vendor made.

    An operator who gives a name in the settings another kind would else read that data are gone which are still there.
    """
    for entry in removal.entries:
        if entry.kind not in kinds:
            raise TemporaryError(
                f"{entry} was made while {removal.instance!r} was another kind of database: give that one its name "
                "back in the settings until this preview is gone, and the new one a name of its own",
                reason=Reason.TEARDOWN_BLOCKED,
            )


def refuse_foreign(found: Found, wanted: Mark) -> None:
    """Returns if nothing of this name is there, or all of it is the wanted mark's; PermanentError(NOT_OURS) if not."""
    roles_fit = not found.has_role or (found.role_mark is not None and found.role_mark.same_owner(wanted))
    databases_fit = not found.has_database or (found.claim is not None and found.claim.same_owner(wanted))
    if roles_fit and databases_fit:
        return
    what, mark = ("role", found.role_mark) if databases_fit else ("database", found.claim)
    whose = f"is of {mark.key} in the installation {mark.installation!r}" if mark else "carries no mark of ours"
    raise PermanentError(
        f"{what} {found.name} {whose}, not of {wanted.key} in {wanted.installation!r}: "
        "rename or drop it by hand if nobody needs it",
        reason=Reason.NOT_OURS,
    )
