"""Mortal: a connection that dies, with all that it does, after so many requests that change something."""

from typing import Any

from typing_extensions import override

from adapters.platforms.kubernetes.requesting import Api, Thing
from domain.manifests.inventory import Item


class Killed(BaseException):
    """The worker is no more. Nothing catches this, as nothing runs after a kill."""


class Mortal(Api):
    """Asks as another connection does, and dies once the cluster has carried out the last request of its life."""

    def __init__(self, api: Api, lives: int) -> None:
        super().__init__(_never)
        self._api = api
        self._left = lives

    @override
    async def get(self, item: Item, namespace: str = "", **rest: Any) -> Thing | None:
        """As the other."""
        return await self._api.get(item, namespace, **rest)

    @override
    async def require_kind(self, api: str, kind: str) -> None:
        """As the other."""
        await self._api.require_kind(api, kind)

    @override
    async def list(self, api: str, kind: str, namespace: str = "", **rest: Any) -> tuple[Thing, ...]:
        """As the other."""
        return await self._api.list(api, kind, namespace, **rest)

    @override
    async def log(self, namespace: str, pod: str, container: str, lines: int, **rest: Any) -> str:
        """As the other."""
        return await self._api.log(namespace, pod, container, lines, **rest)

    @override
    async def user(self) -> str:
        """As the other."""
        return await self._api.user()

    @override
    async def create(self, thing: Thing, **rest: Any) -> Thing:
        """As the other, and then perhaps death."""
        return self._older(await self._api.create(thing, **rest))

    @override
    async def apply(self, thing: Thing, **rest: Any) -> Thing:
        """As the other, and then perhaps death."""
        return self._older(await self._api.apply(thing, **rest))

    @override
    async def delete(self, item: Item, namespace: str = "", **rest: Any) -> None:
        """As the other, and then perhaps death."""
        self._older(await self._api.delete(item, namespace, **rest))

    @override
    async def delete_all(self, kind: str, namespace: str, **rest: Any) -> None:
        """As the other, and then perhaps death."""
        self._older(await self._api.delete_all(kind, namespace, **rest))

    def _older(self, answer: Any) -> Any:
        self._left -= 1
        if self._left < 0:
            raise Killed
        return answer


async def _never() -> Any:
    raise Killed
