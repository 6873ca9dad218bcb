"""What the workflows ask of databases. A connection is never returned: whoever needs one asks where it is used."""

from collections.abc import Mapping
from dataclasses import dataclass

from temporalio import activity

from activities.failures import told_to_temporal
from domain.ports import Database
from domain.requests import BranchRequest, Pruning
from domain.resources import DatabaseRef, Entry, Removal, Seed


@dataclass(frozen=True)
class DatabaseActivities:
    """The configured databases by name."""

    databases: Mapping[str, Database]

    @activity.defn(name="branch")
    async def branch(self, request: BranchRequest) -> DatabaseRef:
        """The preview has its own database of the wanted generation."""
        async with told_to_temporal():
            return await self.databases[request.instance].branch(request, activity.heartbeat)

    @activity.defn(name="drop")
    async def drop(self, removal: Removal) -> tuple[Entry, ...]:
        """The entries, each verified gone."""
        async with told_to_temporal():
            return await self.databases[removal.instance].drop(removal)

    @activity.defn(name="open_seed")
    async def open_seed(self, seed: Seed) -> DatabaseRef:
        """An empty database to build this seed in."""
        async with told_to_temporal():
            return await self.databases[seed.instance].open_seed(seed)

    @activity.defn(name="seal_seed")
    async def seal(self, seed: Seed) -> None:
        """What was built is the seed now."""
        async with told_to_temporal():
            await self.databases[seed.instance].seal(seed)

    @activity.defn(name="drop_seeds")
    async def drop_seeds(self, pruning: Pruning) -> tuple[str, ...]:
        """Only the newest seeds of the repository are left; the names of those dropped."""
        async with told_to_temporal():
            return await self.databases[pruning.instance].drop_seeds(pruning.repository, pruning.keep)
