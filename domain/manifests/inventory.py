"""The inventory: in which order objects are applied, and what a newer revision no longer has.

What was applied is written, before it is applied, into an annotation of the namespace, as Flux keeps it in the
status of a Kustomization (https://fluxcd.io/flux/components/kustomize/kustomizations/#inventory): a worker that dies
in between leaves nothing that nobody remembers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from domain.manifests.rules import DOMAIN
from domain.manifests.shapes import at, text_of

ANNOTATION = f"{DOMAIN}/inventory"
"""The annotation of the namespace that holds the frozen inventory."""

_ORDER = (
    "Namespace", "ResourceQuota", "LimitRange", "Role", "RoleBinding", "ServiceAccount", "NetworkPolicy", "Secret",
    "ConfigMap", "PersistentVolumeClaim", "Service", "StatefulSet", "Deployment", "CronJob", "Job",
    "HorizontalPodAutoscaler", "PodDisruptionBudget", "HTTPRoute", "Ingress",
)  # fmt: skip
"""What an object needs stands before it: a pod waits for a missing Secret, a route answers 404 without a Service."""


@dataclass(frozen=True, order=True)
class Item:
    """One object, as it is found again to be deleted."""

    api: str
    kind: str
    name: str

    @property
    def identity(self) -> tuple[str, str, str]:
        """What stays the same when the version of its API changes."""
        return (self.api.rpartition("/")[0], self.kind, self.name)


def item_of(content: Any) -> Item:
    """The item of one object."""
    words = (at(content, "apiVersion"), at(content, "kind"), at(content, "metadata", "name"))
    return Item(*map(text_of, words))


def items_of(objects: Iterable[Any]) -> tuple[Item, ...]:
    """The items of these objects, each once, in the order in which they are applied."""
    return tuple(sorted({item_of(one) for one in objects}, key=_place))


def ordered(objects: Sequence[Any]) -> tuple[Any, ...]:
    """The objects in the order in which they are applied, which is the same for the same objects."""
    return tuple(sorted(objects, key=lambda one: _place(item_of(one))))


def pruned(old: Iterable[Item], new: Iterable[Item]) -> tuple[Item, ...]:
    """What the old inventory has and the new one has not, in the order of deletion: routes first, claims late."""
    kept = {item.identity for item in new}
    return tuple(sorted({item for item in old if item.identity not in kept}, key=_place, reverse=True))


def frozen(items: Iterable[Item]) -> str:
    """The items in one line for an annotation, such as `v1/Service=api,web;apps/v1/Deployment=api,web`."""
    by_kind = groupby(sorted(set(items), key=_place), key=lambda item: (item.api, item.kind))
    return ";".join(f"{api}/{kind}={','.join(item.name for item in group)}" for (api, kind), group in by_kind)


def thawed(text: str) -> tuple[Item, ...]:
    """The items of a frozen inventory; ValueError if it is none, as forgetting an object would keep it for ever."""
    items: list[Item] = []
    for part in filter(None, text.split(";")):
        kinds, equals, names = part.partition("=")
        api, slash, kind = kinds.rpartition("/")
        if not (equals and slash and api and kind and all(names.split(","))):
            raise ValueError(f"{part!r} is no part of an inventory; delete the namespace, and the preview starts anew")
        items += [Item(api, kind, name) for name in names.split(",")]
    return tuple(items)


def record(namespace: str, items: Iterable[Item]) -> dict[str, Any]:
    """The namespace with nothing but its inventory, to be applied by a field manager of its own.

    Under the manager of the foundation, the next apply of the namespace would take the annotation away again.
    """
    metadata = {"name": namespace, "annotations": {ANNOTATION: frozen(items)}}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}


def _place(item: Item) -> tuple[int, str, str, str]:
    rank = _ORDER.index(item.kind) if item.kind in _ORDER else len(_ORDER)
    return (rank, item.kind, item.api, item.name)
