"""Many previews at once: what the API server is asked at the same time."""

import asyncio
from typing import Any

from adapters.platforms.kubernetes.requesting import Api
from domain.manifests.inventory import Item

MANY = 200
BEARABLE = 16


class Cluster:
    """As much of a cluster as one request needs; it answers once `answers` is set, and knows the most at once."""

    def __init__(self) -> None:
        self.answers, self.full = asyncio.Event(), asyncio.Event()
        self.asked = self.at_once = self.most = 0

    @property
    def resources(self) -> "Cluster":
        """What knows kinds: itself."""
        return self

    async def get(self, **_kind: str) -> "Cluster":
        """The kind: itself."""
        return self

    def path(self, **named: str | None) -> str:
        """Where the object of this name would be."""
        return f"/api/v1/namespaces/{named['name']}"

    async def request(self, _method: str, _path: str, **_rest: Any) -> "Cluster":
        """An answer, when there is one."""
        self.asked += 1
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        if self.at_once == BEARABLE:
            self.full.set()
        await self.answers.wait()
        self.at_once -= 1
        return self

    async def json(self, **_rest: Any) -> dict[str, Any]:
        """The object."""
        return {"kind": "Namespace"}


async def test_hundreds_of_previews_do_not_overrun_the_api_server() -> None:
    """Who opens many pull requests at once waits here, not in a request that the API server lets time out."""
    cluster = Cluster()

    async def opened() -> Cluster:
        return cluster

    api = Api(opened)
    asking = [asyncio.create_task(api.get(Item("v1", "Namespace", f"preview-{number}"))) for number in range(MANY)]
    async with asyncio.timeout(10):
        await cluster.full.wait()
    cluster.answers.set()
    await asyncio.gather(*asking)

    assert cluster.asked == MANY
    assert cluster.most == BEARABLE
