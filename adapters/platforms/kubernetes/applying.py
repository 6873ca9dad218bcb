"""Applying: the objects of a preview are there as they are wanted, and those of older revisions go."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from typing import TypeVar

from adapters.platforms.kubernetes.failures import DeniedError, ImmutableError, UnknownKindError
from adapters.platforms.kubernetes.requesting import Api, Thing
from adapters.platforms.kubernetes.together import together
from domain.errors import NotYet, PermanentError
from domain.manifests.inventory import Item, item_of
from domain.manifests.rules import DOMAIN, Rules
from domain.phases import Reason

Result = TypeVar("Result")

_BINDING_LAG = 2.0  # Seconds: RBAC learns of a new binding a moment later than the API server.
_PAUSE = 0.05
_REPLACED_WITHIN = 20.0
_PODS_END_WITHIN = 60.0  # Seconds: what policy lets a pod of a preview take, unless an operator says otherwise.
_KEPT = frozenset({"PersistentVolumeClaim", "Namespace"})
"""Kinds that hold data: what cannot be changed of them is for a person to decide."""


def deployer_of(rules: Rules) -> str:
    """The user that is impersonated in this preview."""
    return f"system:serviceaccount:{rules.namespace}:{rules.deployer}"


def labels_of(rules: Rules) -> str:
    """The selector of what is this preview's."""
    return f"{DOMAIN}/installation={rules.installation},{DOMAIN}/label={rules.label}"


@dataclass(frozen=True, kw_only=True)
class Applying:
    """Applies objects of one preview as one user, who is empty for the worker itself."""

    api: Api
    namespace: str
    user: str = ""

    async def apply(self, objects: Iterable[Thing]) -> None:
        """All of the objects are there, each kind once those that were given before it are."""
        for _, group in groupby(objects, key=lambda one: one["kind"]):
            await together(*(once_bound(lambda one=one: self._made(one)) for one in group))

    async def prune(self, items: Iterable[Item]) -> None:
        """None of these is there; NotYet names one that still is."""
        left: list[Item] = []
        for item in items:
            await self.api.delete(item, self.namespace, user=self.user)
            # What is of a kind that the cluster has forgotten went with it.
            with suppress(UnknownKindError):
                if await self.api.get(item, self.namespace, user=self.user) is not None:
                    left.append(item)
        if left:
            raise NotYet(f"{left[0].kind} {left[0].name}, which this revision no longer has, is still being removed")

    async def _made(self, thing: Thing) -> Thing:
        try:
            return await self.api.apply(thing, user=self.user)
        except ImmutableError:
            if thing["kind"] in _KEPT:
                raise
            await self._remove(item_of(thing))
            return await self.api.apply(thing, user=self.user)

    async def _remove(self, item: Item) -> None:
        """It is gone, with what it owns on its way; what replaces it may have the same name.

        Pods of a StatefulSet are gone too: those of the next one have their names, and every attempt to make them
        while they are there takes from the quota.
        """
        has_named_pods = item.kind == "StatefulSet"
        await self.api.delete(item, self.namespace, owned_first=has_named_pods, user=self.user)
        stop_at = time.monotonic() + (_REPLACED_WITHIN + _PODS_END_WITHIN * has_named_pods)
        while await self.api.get(item, self.namespace, user=self.user) is not None:
            if time.monotonic() >= stop_at:
                raise PermanentError(
                    f"{item.kind} {item.name} cannot be changed into what the definition wants, and its removal is "
                    "held up; see its finalizers",
                    reason=Reason.PLATFORM_REFUSED,
                )
            await asyncio.sleep(_PAUSE)


async def require_known(api: Api, items: Iterable[Item]) -> None:
    """The cluster knows the kinds of all of these; PermanentError says what to install for one that it does not."""
    for version, kind in dict.fromkeys((item.api, item.kind) for item in items):
        await api.require_kind(version, kind)


async def once_bound(ask: Callable[[], Awaitable[Result]]) -> Result:
    """What the asking returns; a right that was given just now is waited for."""
    stop_at = time.monotonic() + _BINDING_LAG
    while True:
        try:
            return await ask()
        except DeniedError:
            if time.monotonic() >= stop_at:
                raise
        await asyncio.sleep(_PAUSE)
