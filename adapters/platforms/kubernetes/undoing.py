"""Undoing: the pods of updates that have not come to their end make room for a command, those that answer stay.

A crashing pod keeps its share of the preview's quota. Without this the migration of the push that mends it would find
no room beside the old pods and the crashing ones, and neither would the one that brings the last good revision back.
Where no pod answers, those of several pushes have nothing to lose: all of them go.

A worker that was frozen undoes no newer update: the claim of the preview is looked at after its Deployments were, so
what a later request changes has another version by then.
"""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass

from adapters.marks import Mark
from adapters.platforms.kubernetes import claiming
from adapters.platforms.kubernetes.applying import deployer_of, labels_of, once_bound
from adapters.platforms.kubernetes.claiming import uid_of
from adapters.platforms.kubernetes.failures import ChangedError
from adapters.platforms.kubernetes.requesting import Api, Thing
from adapters.platforms.kubernetes.together import together
from domain.errors import PermanentError
from domain.manifests.inventory import item_of
from domain.manifests.rules import Rules
from domain.manifests.undoing import emptied, undone
from domain.ports import Beat
from domain.readiness.updates import Update, is_complete, is_ending_unready, left_of, of_these, update_of

_WITHIN = 10.0
"""Seconds that pods get to go. Whether there is room then, the command's own pod finds out."""

_PAUSE = 0.3


@dataclass(frozen=True, kw_only=True)
class Undoing:
    """Undoes unfinished updates of one preview, by a request with this mark."""

    api: Api
    rules: Rules
    mark: Mark

    async def undo(self, beat: Beat) -> None:
        """Where older pods answer, those of an unfinished update are gone; all of several where none does.

        PermanentError if the request is late. Nothing is changed where all is ready, nor of a first rollout. Pods that
        take too long are not waited for.
        """
        stop_at, left = time.monotonic() + _WITHIN, set[str]()
        while time.monotonic() < stop_at and await self._goes_on(left):
            beat()
            await asyncio.sleep(_PAUSE)

    async def _goes_on(self, left: set[str]) -> bool:
        """Whether something is still to be waited for; `left` are the ReplicaSets whose pods are, and grows."""
        deployments = [one for one in await self._all("apps/v1", "Deployment") if not is_complete(one)]
        if not (deployments or left):
            return False
        # What is made by another is read after it, so that no part of a decision is missing.
        sets = await self._all("apps/v1", "ReplicaSet")
        updates = [update_of(one, sets) for one in deployments]
        left |= left_of(updates)
        if not await self._put_back(updates):
            return False
        pods = of_these(await self._all("v1", "Pod"), left)
        await together(*(self._hasten(pod) for pod in pods if is_ending_unready(pod)))
        return bool(pods) or not all(each.is_seen for each in updates)

    async def _put_back(self, updates: list[Update]) -> bool:
        """Whether those to be undone are, as far as nobody else is changing them; not if the cluster refuses it."""
        wanted = [undone(each.deployment, each.back) for each in updates if each.back is not None]
        wanted += [emptied(each.deployment) for each in updates if each.is_hopeless]
        if not wanted:
            return True
        if await claiming.ours(self.api, self.rules.namespace, self.mark) is None:
            return False
        try:
            await together(*(self._apply(one) for one in wanted))
        except PermanentError:
            # An operator may have forbidden meanwhile what the old pods were made of; that must not stop every push.
            return False
        return True

    async def _apply(self, deployment: Thing) -> None:
        with suppress(ChangedError):
            await self.api.apply(deployment, user=deployer_of(self.rules))

    async def _hasten(self, pod: Thing) -> None:
        user = deployer_of(self.rules)
        await self.api.delete(item_of(pod), self.rules.namespace, uid=uid_of(pod), grace=1, user=user)

    async def _all(self, api: str, kind: str) -> tuple[Thing, ...]:
        user, labels = deployer_of(self.rules), labels_of(self.rules)
        return await once_bound(lambda: self.api.list(api, kind, self.rules.namespace, labels=labels, user=user))
