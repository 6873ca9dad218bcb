"""Mortal: a connection that dies, with all that it does, after so many requests that change something.

What reads changes nothing: who dies after a read leaves what it would have left before it. So these points are all.
"""

import asyncio
from typing import Any

from typing_extensions import override

from adapters.platforms.kubernetes.requesting import Api, Thing
from domain.manifests.inventory import Item


class Killed(BaseException):
    """The worker is no more. Nothing catches this, as nothing runs after a kill."""


class Mortal(Api):
    """Asks as another connection does, and dies once the cluster has carried out one request more than it survives.

    None survives them all. What changes something is asked one by one, so that nothing is carried out after the death.
    """

    def __init__(self, api: Api, survived: int | None = None) -> None:
        super().__init__(_never)
        self.carried_out = 0
        self._api = api
        self._survived = survived
        self._turn = asyncio.Lock()

    @property
    def is_dead(self) -> bool:
        """Whether it has died."""
        return self._survived is not None and self.carried_out > self._survived

    @override
    async def get(self, item: Item, namespace: str = "", **rest: Any) -> Thing | None:
        """As the other."""
        return await self._living.get(item, namespace, **rest)

    @override
    async def require_kind(self, api: str, kind: str) -> None:
        """As the other."""
        await self._living.require_kind(api, kind)

    @override
    async def list(self, api: str, kind: str, namespace: str = "", **rest: Any) -> tuple[Thing, ...]:
        """As the other."""
        return await self._living.list(api, kind, namespace, **rest)

    @override
    async def log(self, namespace: str, pod: str, container: str, lines: int, **rest: Any) -> str:
        """As the other."""
        return await self._living.log(namespace, pod, container, lines, **rest)

    @override
    async def user(self) -> str:
        """As the other."""
        return await self._living.user()

    @override
    async def create(self, thing: Thing, **rest: Any) -> Thing:
        """As the other, and then perhaps death."""
        async with self._turn:
            return self._older(await self._living.create(thing, **rest))

    @override
    async def apply(self, thing: Thing, **rest: Any) -> Thing:
        """As the other, and then perhaps death."""
        async with self._turn:
            return self._older(await self._living.apply(thing, **rest))

    @override
    async def delete(self, item: Item, namespace: str = "", **rest: Any) -> None:
        """As the other, and then perhaps death."""
        async with self._turn:
            self._older(await self._living.delete(item, namespace, **rest))

    @override
    async def delete_all(self, kind: str, namespace: str, **rest: Any) -> None:
        """As the other, and then perhaps death."""
        async with self._turn:
            self._older(await self._living.delete_all(kind, namespace, **rest))

    @property
    def _living(self) -> Api:
        if self.is_dead:
            raise Killed
        return self._api

    def _older(self, answer: Any) -> Any:
        self.carried_out += 1
        if self.is_dead:
            raise Killed
        return answer


async def _never() -> Any:
    raise Killed
