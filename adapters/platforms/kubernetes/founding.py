"""Founding: a preview's namespace with all in it that is Matinee's alone, made by the worker itself."""

import asyncio
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from adapters.marks import Mark
from adapters.platforms.kubernetes.applying import Applying, labels_of
from adapters.platforms.kubernetes.claiming import Claiming
from adapters.platforms.kubernetes.requesting import Api, Thing
from domain.errors import TemporaryError
from domain.manifests.fencing import API, policies
from domain.manifests.founding import connection_secret, foundation
from domain.manifests.inventory import items_of, pruned
from domain.manifests.networks import Door, Network
from domain.manifests.rules import Rules
from domain.phases import Reason
from domain.resources import Connection

_POSTGRESQL = 5432


@dataclass(frozen=True, kw_only=True)
class Founding:
    """Founds previews in one cluster."""

    api: Api

    async def found(self, rules: Rules, mark: Mark, connection: Connection | None, *more: Thing) -> Thing:
        """The namespace, which is ours, closed and limited, with the connection and these objects in it."""
        namespace = await Claiming(api=self.api).claim(rules, mark)
        secrets = (connection_secret(rules, connection),) if connection else ()
        within = (*foundation(rules)[1:], *secrets, *more)
        await Applying(api=self.api, namespace=rules.namespace).apply(within)
        return namespace

    async def fence(self, rules: Rules) -> None:
        """What an operator has closed since the last rollout is closed: policies only ever open something."""
        found = await self.api.list(API, "NetworkPolicy", rules.namespace, labels=labels_of(rules))
        older = pruned(items_of(found), items_of(policies(rules)))
        await Applying(api=self.api, namespace=rules.namespace).prune(older)


async def door_of(connection: Connection) -> Door:
    """Where the preview's database listens, by every address that its host has now."""
    parts = urlsplit(connection.url)
    host, port = parts.hostname or "", parts.port or _POSTGRESQL
    try:
        addresses = {str(ip_address(host))}
    except ValueError:
        addresses = await _resolved(host, port)
    return Door(peers=tuple(Network(one) for one in sorted(addresses)), port=port)


async def _resolved(host: str, port: int) -> set[str]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port)
    except OSError as error:
        raise TemporaryError(
            f"the database's host {host} has no address, so no network policy can let the preview reach it",
            reason=Reason.DATABASE_UNAVAILABLE,
        ) from error
    return {str(one[4][0]) for one in found}
