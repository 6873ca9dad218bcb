"""Examining whether a cluster can run previews, in words with a cure."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from adapters.platforms.kubernetes.failures import DeniedError
from adapters.platforms.kubernetes.requesting import Api, Thing
from adapters.platforms.kubernetes.rights import Right, of_worker
from domain.errors import PermanentError
from domain.manifests.inventory import Item
from domain.manifests.routing import host_of
from domain.manifests.rules import Gateway, Rules
from domain.manifests.shapes import at, list_of, text_of

_REVIEW = "authorization.k8s.io/v1"
_GATEWAYS = "gateway.networking.k8s.io/v1"


@dataclass(frozen=True, kw_only=True)
class Examining:
    """Examines one cluster for previews under these rules, whose URLs are made from this template."""

    api: Api
    rules: Rules
    url: str

    async def problems(self) -> tuple[str, ...]:
        """What keeps previews from running here; nothing if all is well."""
        return tuple([problem async for problem in self._problems()])

    async def _problems(self) -> AsyncGenerator[str]:
        async for problem in self._lacking():
            yield problem
        for item in self._needed():
            if problem := await self._absent(item):
                yield problem
        if self.rules.gateway is None and self.rules.ingress is None:
            yield "neither a Gateway nor an Ingress class is set, so no preview can have a URL; set GATEWAY or INGRESS"
        if self.rules.gateway and (problem := await self._unserved(self.rules.gateway)):
            yield problem

    async def _lacking(self) -> AsyncGenerator[str]:
        roles = (self.rules.role, self.rules.worker_role)
        user = await self.api.user()
        for right in of_worker(roles):
            missing = [verb for verb in right.verbs if not await self._may(right, verb)]
            if missing:
                needed = Right(group=right.group, resources=right.resources, verbs=tuple(missing), names=right.names)
                yield f"{user} lacks a right; its ClusterRole needs the rule {needed}"

    async def _may(self, right: Right, verb: str) -> bool:
        for name in right.names or ("",):
            attributes = {"group": right.group, "resource": right.resources[0], "verb": verb, "name": name}
            review: Thing = {"apiVersion": _REVIEW, "kind": "SelfSubjectAccessReview", "metadata": {}}
            answer = await self.api.create({**review, "spec": {"resourceAttributes": attributes}})
            if at(answer, "status", "allowed") is not True:
                return False
        return True

    def _needed(self) -> list[Item]:
        rules, roles = self.rules, "rbac.authorization.k8s.io/v1"
        named = [
            (roles, "ClusterRole", rules.role),
            (roles, "ClusterRole", rules.worker_role),
            ("scheduling.k8s.io/v1", "PriorityClass", rules.priority_class),
            ("node.k8s.io/v1", "RuntimeClass", rules.runtime_class),
            ("networking.k8s.io/v1", "IngressClass", rules.ingress.name if rules.ingress else ""),
        ]
        return [Item(*words) for words in named if words[2]]

    async def _absent(self, item: Item) -> str:
        try:
            found = await self.api.get(item)
        except DeniedError:
            return ""  # It need not be able to read them; what is missing is told by the first preview.
        return (
            "" if found else f"the cluster has no {item.kind} {item.name}; the chart makes it, or correct the setting"
        )

    async def _unserved(self, gateway: Gateway) -> str:
        host = host_of(self.url.replace("{label}", "shop-12"))
        try:
            found = await self.api.get(Item(_GATEWAYS, "Gateway", gateway.name), gateway.namespace)
        except DeniedError:
            return ""
        except PermanentError as error:
            return error.message
        if found is None:
            return f"the cluster has no Gateway {gateway.namespace}/{gateway.name}; make it, or correct GATEWAY"
        listeners = list_of(at(found, "spec", "listeners"))
        chosen = [one for one in listeners if gateway.section in ("", text_of(at(one, "name")))]
        if any(_serves(text_of(at(one, "hostname")), host) for one in chosen):
            return ""
        names = ", ".join(text_of(at(one, "hostname")) or "any" for one in chosen) or "none"
        return (
            f"the Gateway {gateway.namespace}/{gateway.name} has no listener for {host} (it has: {names}); add one for "
            f"*.{host.partition('.')[2]}, or correct MATINEE_URL"
        )


def _serves(hostname: str, host: str) -> bool:
    """Whether a listener of this host name takes requests to the host; an empty one takes all."""
    return hostname in ("", host) or (hostname.startswith("*.") and host.endswith(hostname[1:]))
