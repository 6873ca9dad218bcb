"""Rolling: from the release that is there to the next one, and what of the older one goes when it is ready."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from adapters.platforms.kubernetes.applying import Applying, deployer_of
from adapters.platforms.kubernetes.claiming import WANTED, Claiming, hooks_of, inventory_of
from adapters.platforms.kubernetes.hooking import Hooking
from adapters.platforms.kubernetes.observing import Observing
from adapters.platforms.kubernetes.requesting import Api, Thing
from domain.manifests.hooks import Stages
from domain.manifests.inventory import items_of, pruned
from domain.manifests.rules import Rules


@dataclass(frozen=True, kw_only=True)
class Rolling:
    """Rolls one preview on, to the release that the rules name."""

    api: Api
    rules: Rules
    now: Callable[[], datetime]

    @property
    def hooks(self) -> Hooking:
        """The hooks of this release, where it has any."""
        return Hooking(api=self.api, rules=self.rules, now=self.now)

    async def record(self, namespace: Thing, stages: Stages, *, rendered: bool) -> None:
        """The namespace says what it may hold from now on, before any of it is there."""
        wanted = items_of(stages.objects)
        hooks = items_of(one.content for one in (*stages.before, *stages.after))
        held = tuple(dict.fromkeys((*inventory_of(namespace), *wanted, *hooks)))
        await Claiming(api=self.api).record(
            namespace, held=held, wanted=wanted, release=self.rules.release, hooks=hooks if rendered else None
        )

    async def finish(self, namespace: Thing) -> None:
        """Everything is ready, the last hooks have ended well, and what only older releases had is gone."""
        wanted, held, hooks = inventory_of(namespace, WANTED), inventory_of(namespace), hooks_of(namespace)
        await Observing(api=self.api, rules=self.rules, now=self.now).require_ready(wanted)
        if hooks is not None:
            await self.hooks.after()
        kept = (*wanted, *(hooks or ()))
        if older := pruned(held, kept):
            await Applying(api=self.api, namespace=self.rules.namespace, user=deployer_of(self.rules)).prune(older)
            await Claiming(api=self.api).record(
                namespace, held=kept, wanted=wanted, release=self.rules.release, hooks=hooks
            )
