"""Neon: a preview's own database is a copy-on-write branch of a seed, with compute of its own that sleeps when idle.

One project holds the branches of many previews. Making one takes Neon a few seconds, during which attempts say "not
yet" and are made again by Temporal's server. Connections are asked for where they are used and kept nowhere.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import httpx

from adapters.beating import with_beats
from adapters.databases.marks import Kind
from adapters.databases.neon import branching, dropping, listing, seeds
from adapters.databases.neon.asking import Asking
from adapters.databases.neon.projects import Compute, Found, Project
from adapters.databases.neon.workplaces import LIFE, Workplace
from domain.branches import Branch
from domain.errors import MatineeError, PermanentError
from domain.names import PROOFS, Key, database_name
from domain.phases import Reason
from domain.ports import Beat
from domain.requests import BranchRequest
from domain.resources import Connection, DatabaseRef, Entry, Removal, Resource, Seed

BASE_URL = "https://console.neon.tech/api/v2"

EXTENDED = timedelta(days=1)
"""How much of a branch's life is used up before it is extended: once a day is enough."""


class NeonDatabase:
    """The port `Database` on one project at Neon.

    `instance` is its name in the settings and `installation` half of every mark. `client` is open, and closed by
    whoever made it. `parent` is the id or the name of the branch that seeds, and previews without one, begin as; it
    holds the database `database_name`, which `role` owns.
    """

    def __init__(
        self,
        *,
        instance: str,
        installation: str,
        client: httpx.AsyncClient,
        api_key: str,
        project: str,
        now: Callable[[], datetime],
        parent: str = "",
        database_name: str = "neondb",
        role: str = "neondb_owner",
        compute: Compute,
        base_url: str = BASE_URL,
    ) -> None:
        asking = Asking(client=client, base_url=base_url, project=project, api_key=api_key)
        self.workplace = Workplace(
            instance=instance,
            installation=installation,
            project=Project(asking=asking, role=role, database_name=database_name, compute=compute, now=now),
            parent=parent,
            now=now,
        )

    def entries(self, instance: str, label: str) -> tuple[Entry, ...]:
        """The branch, in which role and database are."""
        return (Entry("database", instance, "branch", database_name(label)),)

    async def branch(self, request: BranchRequest, beat: Beat) -> DatabaseRef:
        """The preview has its own branch of this generation, whose password no other branch has."""
        return await with_beats(branching.branch(self.workplace, request), beat)

    async def connection(self, ref: DatabaseRef) -> Connection:
        """How to reach it; NotYet while Neon is at work on it, PermanentError if it is gone or was reset since."""
        project, found = self.workplace.project, await self.workplace.project.find(ref.name)
        if found is None or found.mark is None or found.mark.generation != ref.generation:
            state = "is not at Neon any more" if found is None else "was made anew since"
            raise PermanentError(
                f"{ref.name} {state}: `matinee reset-database` makes a preview a new one",
                reason=Reason.DATABASE_REFUSED,
            )
        if not self.workplace.owns(found):
            raise PermanentError(f"{ref.name} at Neon is not ours", reason=Reason.NOT_OURS)
        await project.settled(found.branch)
        return Connection(url=await project.address(found.branch))

    async def drop(self, removal: Removal) -> tuple[Entry, ...]:
        """The entries, each verified gone."""
        return await dropping.drop(self.workplace, removal)

    async def list(self) -> tuple[Resource, ...]:
        """Every branch of a preview of ours."""
        return tuple([self._resource(found) for found in await self._ours()])

    async def _ours(self) -> tuple[Found, ...]:
        place = self.workplace
        everything = await place.project.branches()
        return tuple(each for each in everything if each.mark and each.mark.kind is Kind.BRANCH and place.owns(each))

    def _resource(self, found: Found) -> Resource:
        mark = found.mark
        return Resource(
            entry=Entry("database", self.workplace.instance, "branch", found.branch.name),
            key=mark.preview() if mark else None,
            label=mark.label if mark else "",
            made_at=mark.made_at if mark else None,
            generation=mark.generation if mark else 0,
        )

    async def branches(self) -> tuple[Branch, ...]:
        """Every branch and seed that carries this installation's mark."""
        return await listing.branches(self.workplace)

    async def branch_of(self, key: Key, label: str) -> Branch | None:
        """The branch of this preview as it is now, None if there is none; PermanentError if it is somebody else's."""
        return await listing.branch_of(self.workplace, key, label)

    async def busy(self, label: str) -> bool:
        """Whether Neon is still at work on this label's branch, whoever began it."""
        found = await self.workplace.project.find(database_name(label))
        return found is not None and await self.workplace.project.at_work(found.branch)

    async def extend(self) -> tuple[str, ...]:
        """Neon keeps our branches for another four weeks; returned is what it would not extend, in words."""
        problems: list[str] = []
        due = self.workplace.now() + LIFE - EXTENDED
        for found in await self._ours():
            expires = found.branch.expires_at
            # What a doctor left that was killed is nobody's, and may expire.
            if expires is None or expires > due or (found.mark and found.mark.key.startswith(f"{PROOFS}#")):
                continue
            try:
                await self.workplace.project.expire(found.branch, self.workplace.end)
            except MatineeError as error:
                problems.append(str(error))
        return tuple(problems)

    async def sealed(self, seed: Seed) -> bool:
        """Whether this version of the seed is there, complete and closed to connections."""
        return await seeds.is_sealed(self.workplace, seed)

    async def open_seed(self, seed: Seed) -> DatabaseRef:
        """A branch of the parent to build this seed in, in place of any half-built one."""
        return await seeds.open_seed(self.workplace, seed)

    async def seal(self, seed: Seed) -> None:
        """What was built is now the seed: complete, closed to connections, ready to be branched."""
        await seeds.seal(self.workplace, seed)

    async def drop_seeds(self, repository: str, keep: int) -> tuple[str, ...]:
        """Only the newest `keep` sealed seeds of this repository are left; the names of those dropped."""
        return await seeds.drop_seeds(self.workplace, repository, keep)
