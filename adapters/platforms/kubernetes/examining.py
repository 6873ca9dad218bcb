"""Examining whether a cluster can run previews, in words with a cure."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace

from adapters.platforms.kubernetes.failures import DeniedError
from adapters.platforms.kubernetes.releasing import Revisions
from adapters.platforms.kubernetes.requesting import Api, Thing
from adapters.platforms.kubernetes.rights import DEPLOYER, WITHIN, Right, missing_in, of_examination, of_worker
from domain.errors import PermanentError
from domain.manifests.admissions import Admission, policy_names, unconfined
from domain.manifests.inventory import Item
from domain.manifests.listeners import unserved
from domain.manifests.routing import host_of
from domain.manifests.rules import DOMAIN, Gateway, Rules
from domain.manifests.shapes import at, mapping_of, text_of

_REVIEW = "authorization.k8s.io/v1"
_GATEWAYS = "gateway.networking.k8s.io/v1"
_ADMISSION = "admissionregistration.k8s.io/v1"
_ROLES = "rbac.authorization.k8s.io/v1"
_MIDDLEWARES = "traefik.io/v1alpha1"


@dataclass(frozen=True, kw_only=True)
class Examining:
    """Examines one cluster for previews under these rules, whose URLs are made from this template.

    `revisions` renders charts and overlays, where that is wanted, and says what it lacks for that.
    """

    api: Api
    rules: Rules
    url: str
    revisions: Revisions | None = None

    async def problems(self) -> tuple[str, ...]:
        """What keeps previews from running here; nothing if all is well."""
        return tuple([problem async for problem in self._problems()])

    async def _problems(self) -> AsyncGenerator[str]:
        for problem in self.revisions.problems() if self.revisions else ():
            yield problem
        for found in (self._lacking(), self._incomplete(), self._unconfined(), self._unknown()):
            async for problem in found:
                yield problem
        for item in self._needed():
            if problem := await self._absent(item):
                yield problem
        if self.rules.gateway is None and self.rules.ingress is None:
            yield "neither a Gateway nor an Ingress class is set, so no preview can have a URL; set GATEWAY or INGRESS"
        if self.rules.gateway and (problem := await self._unserved(self.rules.gateway)):
            yield problem
        if self.rules.gateway and self.rules.receiver and (problem := await self._unshared(self.rules.gateway)):
            yield problem

    async def _lacking(self) -> AsyncGenerator[str]:
        user = await self.api.user()
        async for needed in self._refused(of_worker(self._roles)):
            yield f"{user} lacks a right; its ClusterRole needs the rule {needed}"
        async for needed in self._refused(of_examination(self._roles, self._policies)):
            yield f"{user} cannot look whether previews are confined; its ClusterRole needs the rule {needed}"

    async def _refused(self, rights: tuple[Right, ...]) -> AsyncGenerator[Right]:
        """What the API server says that we may not do, verb by verb."""
        for right in rights:
            missing = [verb for verb in right.verbs if not await self._may(right, verb)]
            if missing:
                yield replace(right, verbs=tuple(missing))

    async def _incomplete(self) -> AsyncGenerator[str]:
        """What the two roles lack that are bound in each preview."""
        for name, rights in ((self.rules.role, DEPLOYER), (self.rules.worker_role, WITHIN)):
            role = await self._readable(Item(_ROLES, "ClusterRole", name))
            for right in missing_in(role, rights) if role else ():
                yield f"the ClusterRole {name} lacks the rule {right}; upgrade the chart, or add it"

    async def _unconfined(self) -> AsyncGenerator[str]:
        """What the policies of admission do not do; nothing if they cannot be read, which is told as a right."""
        try:
            found = [await self._admission(name) for name in self._policies]
        except DeniedError:
            return
        except PermanentError as error:
            yield f"{error.message}; Kubernetes has it from 1.30 on, and without it nothing confines previews"
            return
        for problem in unconfined(tuple(found), self.rules.installation, await self.api.user()):
            yield problem

    async def _admission(self, name: str) -> Admission:
        policy = await self.api.get(Item(_ADMISSION, "ValidatingAdmissionPolicy", name))
        binding = await self.api.get(Item(_ADMISSION, "ValidatingAdmissionPolicyBinding", name))
        return Admission(name=name, policy=policy, binding=binding)

    async def _unknown(self) -> AsyncGenerator[str]:
        """The kinds of what a preview is made of, or is reached through, that the cluster does not know."""
        kinds = [(_GATEWAYS, "HTTPRoute")] if self.rules.gateway else []
        ingress = self.rules.ingress
        if ingress and any(name.startswith("traefik.") for name in ingress.annotations):
            kinds.append((_MIDDLEWARES, "Middleware"))
        for api, kind in kinds:
            try:
                await self.api.require_kind(api, kind)
            except PermanentError as error:
                yield error.message

    async def _readable(self, item: Item) -> Thing | None:
        try:
            return await self.api.get(item)
        except DeniedError:
            return None

    @property
    def _roles(self) -> tuple[str, ...]:
        return (self.rules.role, self.rules.worker_role)

    @property
    def _policies(self) -> tuple[str, ...]:
        return policy_names(self.rules.installation)

    async def _may(self, right: Right, verb: str) -> bool:
        for name in right.names or ("",):
            attributes = {"group": right.group, "resource": right.resources[0], "verb": verb, "name": name}
            review: Thing = {"apiVersion": _REVIEW, "kind": "SelfSubjectAccessReview", "metadata": {}}
            answer = await self.api.create({**review, "spec": {"resourceAttributes": attributes}})
            if at(answer, "status", "allowed") is not True:
                return False
        return True

    def _needed(self) -> list[Item]:
        rules = self.rules
        named = [
            (_ROLES, "ClusterRole", rules.role),
            (_ROLES, "ClusterRole", rules.worker_role),
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
        labels = {f"{DOMAIN}/preview": "true", f"{DOMAIN}/installation": self.rules.installation}
        return unserved(found, gateway, host, labels)

    async def _unshared(self, gateway: Gateway) -> str:
        """Whether the route to the receiver, which stands in its own namespace, would be taken."""
        place = self.rules.receiver.namespace if self.rules.receiver else ""
        try:
            found = await self.api.get(Item(_GATEWAYS, "Gateway", gateway.name), gateway.namespace)
            namespace = await self.api.get(Item("v1", "Namespace", place))
        except PermanentError:
            return ""  # Told above.
        labels = {name: text_of(value) for name, value in mapping_of(at(namespace, "metadata", "labels")).items()}
        host = host_of(self.url.replace("{label}", "shop-12"))
        if found is None or not unserved(found, gateway, host, labels):
            return ""
        return (
            f"the Gateway {gateway.namespace}/{gateway.name} lets no route of {place} attach, so front ends find no "
            f"/.matinee/config.json: kubectl label namespace {place} {DOMAIN}/installation={self.rules.installation}, "
            "and let its allowedRoutes select that label"
        )
