"""Sharing: front ends find the URLs of their preview's services at their own hosts, answered by Matinee's receiver."""

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.platforms.kubernetes.claiming import uid_of
from adapters.platforms.kubernetes.requesting import Api, Thing
from domain.definitions import ServiceUrl
from domain.manifests.inventory import Item
from domain.manifests.rules import Rules
from domain.manifests.siblings import claims_path, route_item, siblings_route


@dataclass(frozen=True, kw_only=True)
class Sharing:
    """Shares the URLs of one preview, where its rules name a receiver."""

    api: Api
    rules: Rules

    def items(self, urls: tuple[ServiceUrl, ...]) -> tuple[Item, ...]:
        """What would lead these URLs' hosts there."""
        return (route_item(self.rules),) if self.rules.receiver and urls else ()

    async def share(self, namespace: Thing, urls: tuple[ServiceUrl, ...], objects: Sequence[Thing]) -> None:
        """One path of each host leads to the receiver, unless these objects answer for that path themselves."""
        receiver = self.rules.receiver
        if receiver is None:
            return
        if not urls or claims_path(objects):
            await self.end()
            return
        await self.api.apply(siblings_route(self.rules, receiver, urls, uid_of(namespace)))

    async def end(self) -> None:
        """No host leads there any more."""
        if self.rules.receiver:
            await self.api.delete(route_item(self.rules), self.rules.receiver.namespace)
