"""Visiting: somebody who asks a preview over HTTPS again and again, and notices every failure."""

import asyncio
import ssl
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx

from tests.cluster.described import Cluster

_PAUSE = 0.02


class Visitor:
    """Asks hosts of previews as a browser on this machine would, believing the cluster's authority alone."""

    def __init__(self, cluster: Cluster) -> None:
        self._trust = ssl.create_default_context(cafile=str(cluster.authority))
        self._port = cluster.https

    async def get(self, url: str) -> httpx.Response:
        """The answer, on a connection of its own."""
        wanted = httpx.URL(url)
        assert (wanted.scheme, wanted.port) == ("https", self._port), url
        async with httpx.AsyncClient(trust_env=False, verify=self._trust, timeout=10) as client:
            return await client.get(
                wanted.copy_with(host="127.0.0.1"),
                headers={"Host": wanted.netloc.decode()},
                extensions={"sni_hostname": wanted.host},
            )


@dataclass
class Visits:
    """How many answers were good, and what the others were."""

    good: int = 0
    bad: list[str] = field(default_factory=list[str])


@asynccontextmanager
async def reloading(visitor: Visitor, *urls: str) -> AsyncGenerator[Visits]:
    """These URLs are asked one after the other all through the block, and once more at its end."""
    visits, ends = Visits(), asyncio.Event()

    async def reload(url: str) -> None:
        while not ends.is_set():
            await _count(visitor, url, visits)
            await asyncio.sleep(_PAUSE)

    async with asyncio.TaskGroup() as group:
        for url in urls:
            group.create_task(reload(url))
        try:
            yield visits
        finally:
            ends.set()
    for url in urls:
        await _count(visitor, url, visits)


async def first_good(visitor: Visitor, url: str) -> float:
    """The instant, as the clock on the wall has it, at which the URL answered well for the first time."""
    while True:
        try:
            if (await visitor.get(url)).is_success:
                return time.time()
        except httpx.TransportError:
            pass
        await asyncio.sleep(_PAUSE)


async def _count(visitor: Visitor, url: str, visits: Visits) -> None:
    try:
        answer = await visitor.get(url)
    except httpx.TransportError as error:
        visits.bad.append(f"{url}: {type(error).__name__}: {error}")
        return
    if answer.is_success:
        visits.good += 1
    else:
        visits.bad.append(f"{url}: {answer.status_code}: {answer.text[:100]}")
