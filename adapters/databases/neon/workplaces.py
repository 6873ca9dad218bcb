"""What every verb of the Neon adapter works with: the project, who we are there, and the clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.databases.marks import Kind
from adapters.databases.neon.marks import Mark
from adapters.databases.neon.projects import Found, Project
from adapters.databases.workplaces import seed_name
from domain.errors import PermanentError
from domain.names import database_name
from domain.phases import Reason
from domain.requests import BranchRequest
from domain.resources import Removal, Seed

LIFE = timedelta(days=29)
"""How long Neon keeps a branch that nobody extends: a day less than the most that it takes, as clocks differ."""


@dataclass(frozen=True, kw_only=True)
class Workplace:
    """One named instance. `parent` is the id or the name of the branch that all data come from; empty: the default."""

    instance: str
    installation: str
    project: Project
    parent: str
    now: Callable[[], datetime]

    @property
    def end(self) -> datetime:
        """When Neon deletes what is made or extended now."""
        return self.now() + LIFE

    def branch_mark(self, request: BranchRequest) -> Mark:
        """The mark of the branch that this request asks for."""
        seed = seed_name(request.seed) if request.seed else ""
        return Mark(
            installation=self.installation,
            key=str(request.key),
            kind=Kind.BRANCH,
            name=database_name(request.label),
            label=request.label,
            generation=request.generation,
            seed=seed,
            made_at=self.now(),
        )

    def removal_mark(self, removal: Removal, name: str) -> Mark:
        """A mark whose owner is whoever may have the branch of this name dropped."""
        return Mark(
            installation=self.installation,
            key=str(removal.key),
            kind=Kind.BRANCH,
            name=name,
            label=removal.label,
            generation=removal.generation,
            seed="",
            made_at=self.now(),
        )

    def seed_mark(self, seed: Seed) -> Mark:
        """The mark of a seed that is being built; its generation tells one building from the next."""
        return Mark(
            installation=self.installation,
            key=seed.repository,
            kind=Kind.SEED,
            name=seed_name(seed),
            label=seed.label,
            generation=int(self.now().timestamp() * 1_000_000),
            seed=seed.fingerprint,
            made_at=self.now(),
        )

    def owns(self, found: Found) -> bool:
        """Whether the branch carries this installation's mark, and is what was made with it."""
        # Somebody who branches off one of ours by hand might have its annotation copied.
        mark = found.mark
        return mark is not None and mark.installation == self.installation and mark.name == found.branch.name

    async def parent_id(self) -> str:
        """The id of the configured parent; empty for the project's default branch."""
        if not self.parent or self.parent.startswith("br-"):
            return self.parent
        found = await self.project.find(self.parent)
        if found is None:
            raise PermanentError(
                f"Neon's project {self.project.asking.project} has no branch {self.parent!r}: correct PARENT of the "
                f"database {self.instance!r}",
                reason=Reason.SETTINGS,
            )
        return found.branch.id


def refuse_foreign(found: Found, wanted: Mark) -> None:
    """Returns if the branch is the wanted mark's; PermanentError(NOT_OURS) if not."""
    mark = found.mark
    if mark and mark.same_owner(wanted) and mark.name == wanted.name:
        return
    whose = f"is of {mark.key} in the installation {mark.installation!r}" if mark else "carries no mark of ours"
    raise PermanentError(
        f"Neon's branch {found.branch.name} {whose}, not of {wanted.key} in {wanted.installation!r}: "
        "rename or delete it by hand if nobody needs it",
        reason=Reason.NOT_OURS,
    )


def refuse_late(found: Found, wanted: Mark) -> None:
    """Returns unless the branch is of a newer generation than the wanted mark; PermanentError then."""
    mark = found.mark
    if mark and mark.generation > wanted.generation:
        raise PermanentError(
            f"Neon's branch {found.branch.name} has generation {mark.generation}, which is newer than the "
            f"{wanted.generation} asked for: ask for a higher one",
            reason=Reason.DATABASE_REFUSED,
        )
