"""Supplying: the Secrets that a preview is given are in its namespace, and what it is no longer given is not.

No value of them is ever in a message: what is told of a Secret is its name, and why it is not there.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from adapters.platforms.kubernetes.applying import Applying, labels_of
from adapters.platforms.kubernetes.claiming import uid_of
from adapters.platforms.kubernetes.reading import Reading
from adapters.platforms.kubernetes.requesting import Api, Thing
from domain.errors import NotYet
from domain.escaping import one_line
from domain.manifests.inventory import Item, item_of
from domain.manifests.rules import Rules
from domain.manifests.shapes import at, list_of, text_of
from domain.manifests.supplies import Supplies, Supply
from domain.manifests.supplying import COPY, asked, asking, copy_of

_SUPPLIER = "matinee-supply"
_EXTERNAL = "external-secrets.io/v1"
_SAID = 300


@dataclass(frozen=True, kw_only=True)
class Supplying:
    """Supplies previews of one cluster with what its operator gives."""

    api: Api
    supplies: Supplies

    async def supply(self, namespace: Thing, rules: Rules) -> Thing:
        """The namespace, in which all that the preview is given is there.

        NotYet names what is missing and why; all else is there by then. What an earlier rollout was given and this one
        is not has gone.
        """
        namespace = await self._supplied(namespace, rules)
        await self.require(rules, rules.supply)
        return namespace

    async def within(self, namespace: Thing, rules: Rules, names: tuple[str, ...]) -> tuple[str, ...]:
        """What has to be masked in a command's log, once these Secrets and those that nodes need are there."""
        await self._supplied(namespace, rules)
        await self.require(rules, rules.supply.needed(names))
        return await Reading(api=self.api, rules=rules).secrets() if rules.secrets else ()

    async def _supplied(self, namespace: Thing, rules: Rules) -> Thing:
        supply = rules.supply
        if not supply.copies and asking(supply) == asked(namespace):
            return namespace
        namespace = await self._told(namespace, supply)
        sources = [await self.source(supply, name) for name in supply.copies]
        copies = [copy_of(source, rules) for source in sources if source]
        await Applying(api=self.api, namespace=rules.namespace).apply(copies)
        await self.withdraw(rules, supply.copies)
        return namespace

    async def source(self, supply: Supply, name: str) -> Thing | None:
        """The Secret that is copied under this name, None if it is not there."""
        return await self.api.get(secret(name), supply.templates)

    async def copies(self, rules: Rules) -> tuple[Thing, ...]:
        """What has been copied into the preview."""
        return await self.api.list("v1", "Secret", rules.namespace, labels=f"{labels_of(rules)},{COPY}=true")

    async def withdraw(self, rules: Rules, kept: Iterable[str]) -> None:
        """No copy but these is there any more."""
        names = set(kept)
        older = [item_of(one) for one in await self.copies(rules) if item_of(one).name not in names]
        await Applying(api=self.api, namespace=rules.namespace).prune(older)

    async def require(self, rules: Rules, supply: Supply) -> None:
        """Returns if everything is there; NotYet names the first Secrets that are not, each with the reason."""
        missing = [await self._uncopied(rules, supply, name) for name in supply.copies]
        missing += [await self._unmade(rules, name) for name in supply.external]
        if words := "; ".join(filter(None, missing)):
            raise NotYet(f"the preview waits for its Secrets: {words}")

    async def _uncopied(self, rules: Rules, supply: Supply, name: str) -> str:
        if await self.api.get(secret(name), rules.namespace) is not None:
            return ""
        return f"{name} is not in the namespace {supply.templates}, from which it is copied; create it there"

    async def _unmade(self, rules: Rules, name: str) -> str:
        """Why External Secrets has not made this Secret; empty if it has."""
        if await self.api.get(secret(name), rules.namespace) is not None:
            return ""
        found = await self.api.get(Item(_EXTERNAL, "ExternalSecret", name), rules.namespace)
        if found is None:
            return f"no ExternalSecret {name} is there; see the ClusterExternalSecret of the chart"
        return f"{name}: {_condition(found)}"

    async def _told(self, namespace: Thing, supply: Supply) -> Thing:
        """The namespace, which asks External Secrets for what the preview is given, and says what is copied.

        By a manager of its own, as the next claim of the namespace would take labels of its manager's away again.
        """
        if asking(supply) == asked(namespace):
            return namespace
        labels, annotations = asking(supply)
        metadata = {"name": namespace["metadata"]["name"], "labels": labels, "annotations": annotations}
        metadata |= {"uid": uid_of(namespace), "resourceVersion": namespace["metadata"]["resourceVersion"]}
        wanted = {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
        return await self.api.apply(wanted, manager=_SUPPLIER)


def secret(name: str) -> Item:
    """A Secret, as it is asked for."""
    return Item("v1", "Secret", name)


def _condition(external: Thing) -> str:
    """What External Secrets says of one that it has not made."""
    ready = [one for one in list_of(at(external, "status", "conditions")) if at(one, "type") == "Ready"]
    said = one_line(text_of(at(ready[0], "message")) if ready else "", _SAID)
    return f"External Secrets says: {said}" if said else "External Secrets has not looked at it yet; does it run?"
