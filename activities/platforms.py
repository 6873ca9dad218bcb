"""What the workflows ask of platforms. The database's connection is fetched and handed over in one activity."""

from collections.abc import Mapping
from dataclasses import dataclass

from temporalio import activity

from activities.failures import told_to_temporal
from domain import migrations
from domain.errors import PermanentError
from domain.ports import Database, Platform
from domain.requests import DeployRequest, FlagsRequest, RunRequest, RunResult
from domain.resources import Connection, DatabaseRef, Deployment, Entry, Removal


@dataclass(frozen=True)
class PlatformActivities:
    """The configured platforms by name, and the databases that their services connect to."""

    platforms: Mapping[str, Platform]
    databases: Mapping[str, Database]

    @activity.defn(name="deploy")
    async def deploy(self, request: DeployRequest) -> Deployment:
        """The revision begins to run beside the one that answers now."""
        async with told_to_temporal():
            connection = await self._connection(request.database)
            return await self.platforms[request.instance].deploy(request, connection)

    @activity.defn(name="settle")
    async def settle(self, deployment: Deployment) -> Deployment:
        """The deployment answers, and older ones are gone; not yet, until then."""
        async with told_to_temporal():
            return await self.platforms[deployment.instance].settle(deployment)

    @activity.defn(name="set_flags")
    async def set_flags(self, request: FlagsRequest) -> None:
        """What runs of the preview reads these flags."""
        async with told_to_temporal():
            await self.platforms[request.instance].set_flags(request)

    @activity.defn(name="run_command")
    async def run(self, request: RunRequest) -> RunResult:
        """The command's good end; a bad one is a permanent error with the last lines it wrote."""
        async with told_to_temporal():
            connection = await self._connection(request.database)
            result = await self.platforms[request.instance].run(request, connection, activity.heartbeat)
            return _good(request, result)

    @activity.defn(name="remove_deployments")
    async def remove(self, removal: Removal) -> tuple[Entry, ...]:
        """The entries, each verified gone."""
        async with told_to_temporal():
            return await self.platforms[removal.instance].remove(removal)

    async def _connection(self, ref: DatabaseRef | None) -> Connection | None:
        return await self.databases[ref.instance].connection(ref) if ref else None


def _good(request: RunRequest, result: RunResult) -> RunResult:
    if result.exit_code == 0:
        return result
    command, told = " ".join(request.command), migrations.told(result.log, request.migrations, request.ahead)
    words = f" {told.words}." if told.words else ""
    raise PermanentError(
        f"`{command}` ended with exit code {result.exit_code}{words or '.'} Its last lines:\n{result.log}",
        reason=told.reason,
    )
