"""What the workflows ask of forges: the pull request as it is now, and to show a report on it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from temporalio import activity

from activities.failures import told_to_temporal
from domain.names import Key
from domain.policies import Policy
from domain.ports import Forge
from domain.reports import Report
from domain.requests import Seen


@dataclass(frozen=True)
class ForgeActivities:
    """The configured forges by name, and the policy that says which of them serves a key."""

    forges: Mapping[str, Forge]
    policies: Callable[[Key], Policy]

    @activity.defn(name="look")
    async def look(self, key: Key) -> Seen:
        """The pull request as the forge has it now, and the policy of now."""
        async with told_to_temporal():
            policy = self.policies(key)
            return Seen(pull=await self.forges[policy.forge].pull_request(key), policy=policy)

    @activity.defn(name="report")
    async def report(self, report: Report) -> None:
        """The pull request shows this report."""
        async with told_to_temporal():
            await self.forges[report.forge].report(report)
