"""Refreshing: copies of Secrets follow their sources, in previews that nobody rolls out anew."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from adapters.platforms.kubernetes.applying import Applying
from adapters.platforms.kubernetes.claiming import is_ending, mark_of
from adapters.platforms.kubernetes.failures import AbsentError
from adapters.platforms.kubernetes.requesting import Thing
from adapters.platforms.kubernetes.supplying import Supplying
from domain.errors import MatineeError
from domain.manifests.inventory import item_of
from domain.manifests.rules import DOMAIN, Rules
from domain.manifests.shapes import at, text_of
from domain.manifests.supplying import SUPPLIED, asked, copy_of, given, is_same
from domain.names import Key

_AT_ONCE = 8


@dataclass(frozen=True)
class Refreshing:
    """Refreshes what the previews of one installation were given; `rules` makes those of one by its key and label."""

    supplying: Supplying
    installation: str
    rules: Callable[[Key, str], Rules]

    async def refresh(self) -> tuple[str, ...]:
        """Every copy has what its source has now, and goes if previews of its repository are not given it any more.

        Returned is what could not be done, by preview. A copy whose source has gone stays, because somebody uses it.
        """
        if not self.supplying.supplies.templates:
            return ()
        labels = f"{DOMAIN}/preview=true,{DOMAIN}/installation={self.installation}"
        found = await self.supplying.api.list("v1", "Namespace", labels=labels)
        held = [one for one in found if asked(one)[1] and not is_ending(one)]
        gate, sources = asyncio.Semaphore(_AT_ONCE), dict[str, Thing | None]()
        return tuple(filter(None, await asyncio.gather(*(self._refreshed(one, sources, gate) for one in held))))

    async def _refreshed(self, namespace: Thing, sources: "dict[str, Thing | None]", gate: asyncio.Semaphore) -> str:
        async with gate:
            try:
                await self._follow(namespace, sources)
            except AbsentError:
                return ""  # The preview is being removed.
            except MatineeError as error:
                return f"{text_of(at(namespace, 'metadata', 'name'))}: {error}"
            return ""

    async def _follow(self, namespace: Thing, sources: "dict[str, Thing | None]") -> None:
        mark, label = mark_of(namespace), text_of(at(namespace, "metadata", "labels", f"{DOMAIN}/label"))
        if mark is None:
            return
        # What was given to it says that it is trusted: a stranger's preview has nothing to refresh.
        rules = given(self.rules(mark.key, label), self.supplying.supplies, trusted=True)
        held = set(text_of(at(namespace, "metadata", "annotations", SUPPLIED)).split(","))
        await self.supplying.withdraw(rules, held & set(rules.supply.copies))
        changed: list[Thing] = []
        for copy in await self.supplying.copies(rules):
            name = item_of(copy).name
            if name not in sources:
                sources[name] = await self.supplying.source(rules.supply, name)
            source = sources[name]
            if source is not None and not is_same(source, copy):
                changed.append(copy_of(source, rules))
        await Applying(api=self.supplying.api, namespace=rules.namespace).apply(changed)
