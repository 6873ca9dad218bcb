"""Scenes: previews that live one story side by side; in each but one every verb is killed, each after another request.

So there are as many previews as the longest verb has requests. After each verb the cluster is listed once, and all
objects of each preview are compared with those of the one that nobody disturbs.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.platforms.kubernetes.platform import KubernetesPlatform
from adapters.platforms.kubernetes.releasing import Revisions
from domain.manifests.rules import Limits, Pool, Receiver
from tests.adapters.platforms.kubernetes.alike import alike
from tests.adapters.platforms.kubernetes.mortal import Killed, Mortal
from tests.adapters.platforms.kubernetes.templates import Templates
from tests.contracts.benches_kubernetes import SYSTEM, KubernetesBench
from tests.waiting import until
from tests.whole.lasting import Objects, Place, timeless
from tests.whole.listing import objects_of, unlike

Verb = Callable[[KubernetesPlatform], Awaitable[object]]

_UNDISTURBED = 700
_AT_ONCE = 8
_OWN = re.compile(r"(?:shop-|house-|acme/shop#|number=)(7\d\d)\b")
"""What in names and texts is of one preview alone; another's where it does not belong is found with both."""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """The previews are called by their numbers, and `given` are the Secrets that are copied into them.

    Each is of an installation of its own, because to refresh is a verb of a whole installation.
    """

    bench: KubernetesBench
    templates: Templates
    longest: int
    given: tuple[str, ...]
    revisions: Revisions | None = None
    pool: Pool | None = None

    async def told(self, verb: Callable[[int], Verb], *, nothing: bool = False) -> int:
        """How many requests the verb makes in the preview of any number; it has been killed after each of them.

        AssertionError if that shows, in what it answers once it is repeated or in any object, or unless what it leaves
        is something, or nothing.
        """
        undisturbed = Mortal(self.bench.api)
        answer = await verb(_UNDISTURBED)(self._platform(_UNDISTURBED, undisturbed))
        requests, gate = undisturbed.carried_out, asyncio.Semaphore(_AT_ONCE)
        assert 0 < requests <= self.longest, f"{requests} requests need as many previews; there are {self.longest}"

        async def disturbed(after: int) -> None:
            number = _UNDISTURBED + after
            async with gate:
                mortal = Mortal(self.bench.api, after - 1)
                again = await self._repeated(number, mortal, verb(number))
            assert mortal.is_dead == (after <= requests), f"it makes {requests} requests, and not so after {after}"
            assert _common(again) == _common(answer), f"after {after}"

        await asyncio.gather(*map(disturbed, range(1, self.longest + 1)))
        await self._are_alike(nothing=nothing)
        return requests

    async def everything(self) -> Objects:
        """All objects of the cluster, but for the sources of Secrets, which stories change."""
        found = await objects_of(self.bench.cluster)
        return {place: timeless(one) for place, one in found.items() if place.namespace != self.templates.name}

    def _platform(self, number: int, api: Mortal) -> KubernetesPlatform:
        """A new worker, on this connection."""
        return self.bench.installed(
            f"house-{number}",
            api=api,
            supplies=self.templates.supplies(*self.given),
            revisions=self.revisions,
            pool=self.pool,
            limits=Limits(cpu_share=0.02),  # So that all of them have a place on one small node.
            receiver=Receiver(namespace=SYSTEM, name="receiver", port=80),
            removal=200,
        )

    async def _repeated(self, number: int, mortal: Mortal, verb: Verb) -> object:
        """What the verb answers, if need be to the next worker."""
        try:
            return await verb(self._platform(number, mortal))
        except Killed:
            return await verb(self._platform(number, Mortal(self.bench.api)))

    async def _are_alike(self, *, nothing: bool) -> None:
        """Nobody who sees all objects can say which previews were disturbed; the cluster has its time to do its own."""
        seen: list[str] = []

        async def look() -> bool:
            undisturbed, *others = _previews(await self.everything(), self.longest)
            seen[:] = _differences(undisturbed, others)
            return not seen and nothing == (not undisturbed)

        async def show() -> str:
            return "\n".join(seen[:20])

        await until(look, "all previews are alike", seconds=30, show=show)


def _common(answer: object) -> str:
    return _OWN.sub("", repr(answer))


def _differences(undisturbed: Objects, others: Sequence[Objects]) -> list[str]:
    """What is otherwise in which of the other previews."""
    numbered = enumerate(others, start=1)
    return [f"after request {after}: {line}" for after, one in numbered for line in unlike(undisturbed, one)]


def _previews(everything: Objects, longest: int) -> list[Objects]:
    """What makes up each preview, the undisturbed one first: that in which it stands anywhere, wherever it is."""
    parts = {_UNDISTURBED + after: dict[Place, Any]() for after in range(longest + 1)}
    for place, one in everything.items():
        for number in set(_OWN.findall(json.dumps((place, one)))):
            parts[int(number)][place] = one
    return [alike(part, _OWN) for part in parts.values()]
