"""Two hundred previews opened at once, and closed at once, on nodes that kwok plays: real Temporal, a real API server.

Against it: as many namespaces with the same objects, made by bare requests and deleted, in the same run. Pods are no
processes here, so what is left is the API server, its controllers and Matinee.
"""

import asyncio
import logging
import resource
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

import psutil

from adapters.platforms.kubernetes.connecting import Access, connected
from adapters.platforms.kubernetes.platform import KubernetesPlatform
from adapters.platforms.kubernetes.requesting import Api
from benchmarks._measuring import measure, say, told
from benchmarks._parts import TellingForge
from benchmarks._servers import temporal_client
from benchmarks.on_clusters._counting import Counted
from domain.manifests.inventory import Item
from domain.manifests.rules import Pool, Toleration
from domain.manifests.shapes import at, text_of
from domain.messages import Close
from domain.names import Key
from tests.cluster.available import available
from tests.cluster.described import Cluster
from tests.cluster.simulating import LABEL, TOLERATION, simulated_nodes
from tests.contracts.benches_kubernetes import KubernetesBench, opened
from tests.servers import open_folder
from tests.workflows.stages import PLAIN, Stage
from worker import built

AT_ONCE = 16
"""Bare requests in flight."""

READY, GONE = 1.5, 1.2
"""What Matinee is to take at most of what bare requests and the cluster's own controllers take."""

MIB = 2**20


@dataclass(frozen=True, kw_only=True)
class Swarm:
    """Matinee with its worker in this process, and an administrator beside it."""

    bench: KubernetesBench
    counted: Counted
    administrator: Api
    stage: Stage
    forge: TellingForge

    async def up(self, keys: Sequence[Key]) -> None:
        """Every preview is ready."""
        await asyncio.gather(*(self.stage.tell(key) for key in keys))
        await asyncio.gather(*(self.forge.ready[key].wait() for key in keys))

    async def down(self, keys: Sequence[Key]) -> None:
        """Every preview is verified gone."""
        await asyncio.gather(*(self._closed(key) for key in keys))

    async def _closed(self, key: Key) -> None:
        self.forge.close(key)
        await (await self.stage.tell(key, "close", Close(by=""))).result()

    async def bare_up(self, names: Sequence[str], like: str) -> None:
        """All Deployments of these namespaces, which hold the same as that one, are ready."""
        await _each(partial(self._made, like), names)
        while not await self._are_ready(set(names)):  # noqa: ASYNC110 - a cluster sets no event
            await asyncio.sleep(0.5)

    async def bare_down(self, names: Sequence[str]) -> None:
        """None of these namespaces is there."""
        await _each(lambda name: self.administrator.delete(Item("v1", "Namespace", name)), names)
        while {one["metadata"]["name"] for one in await self.administrator.list("v1", "Namespace")} & set(names):  # noqa: ASYNC110 - nor here
            await asyncio.sleep(0.5)

    async def _made(self, like: str, name: str) -> None:
        for one in self.counted.objects(like, name):
            await self.administrator.apply(one)

    async def _are_ready(self, names: set[str]) -> bool:
        found = await self.administrator.list("apps/v1", "Deployment")
        ready = [
            at(one, "status", "readyReplicas") for one in found if text_of(at(one, "metadata", "namespace")) in names
        ]
        return all(ready)


async def benchmark(quick: bool) -> None:
    """All are opened, told and closed; then the same by bare requests."""
    number = 5 if quick else 200
    # What is tried again is told by the figures; a trace of each attempt would hide them.
    logging.getLogger("temporalio").setLevel(logging.CRITICAL)
    async with AsyncExitStack() as stack:
        swarm = await _swarm(stack)
        first = swarm.stage.opened()
        await swarm.up([first])
        await swarm.down([first])
        like = f"{swarm.bench.prefix}{swarm.stage.policies(first).label}"
        swarm.counted.keeps = False
        ours = await _matinee(swarm, number)
        names = [f"{swarm.bench.prefix}bare-{each}" for each in range(number)]
        bare = await _seconds(swarm.bare_up(names, like)), await _seconds(swarm.bare_down(names))
    say(f"{number} namespaces by bare requests: ready after {bare[0]:.1f} s, gone after {bare[1]:.1f} s")
    told("all ready, matinee to bare requests", [ours[0] / bare[0]], READY)
    told("all gone, matinee to bare requests", [ours[1] / bare[1]], GONE)


async def _matinee(swarm: Swarm, number: int) -> tuple[float, float]:
    """Seconds until all were ready, and until all were gone; what else it took is said."""
    keys = [swarm.stage.opened() for _ in range(number)]
    before = psutil.Process().memory_info().rss
    swarm.counted.requests.clear()
    up = await _seconds(swarm.up(keys))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    asked = swarm.counted.requests.total()
    say(f"{number} previews: ready after {up:.1f} s")
    say(f"memory of this process, the worker in it: {before / MIB:.0f} MiB before, {most / MIB:.0f} MiB at most")
    say(f"requests for each until it was ready: {asked / number:.1f}; " + _most(swarm.counted, number))
    swarm.counted.requests.clear()
    down = await _seconds(swarm.down(keys))
    say(f"{number} previews: gone after {down:.1f} s")
    say(f"requests for each until it was gone: {swarm.counted.requests.total() / number:.1f}")
    return up, down


def _most(counted: Counted, number: int) -> str:
    return ", ".join(f"{what} {count / number:.1f}" for what, count in counted.requests.most_common(6))


async def _swarm(stack: AsyncExitStack) -> Swarm:
    """Everything at work, with nodes for previews that kwok plays."""
    own, simulation = stack.enter_context(open_folder()), stack.enter_context(open_folder())
    cluster = await stack.enter_async_context(available(own))
    bench = await stack.enter_async_context(opened(cluster))
    await stack.enter_async_context(simulated_nodes(cluster, 2, simulation))
    administrator = await stack.enter_async_context(connected(Access(kubeconfig=cluster.kubeconfig)))
    client = await stack.enter_async_context(temporal_client())
    counted, forge = Counted(bench.api), TellingForge()
    stage = Stage(client, forge=forge, files=PLAIN)
    url = _url(bench, cluster)
    stage.policy = lambda policy: replace(policy, url_template=url)
    ports = replace(stage.ports(), platforms={"local": _platform(bench, counted, url)})
    await stack.enter_async_context(built(client, stage.task_queue, ports))
    return Swarm(bench=bench, counted=counted, administrator=administrator, stage=stage, forge=forge)


def _url(bench: KubernetesBench, cluster: Cluster) -> str:
    return f"https://{bench.prefix}{{label}}.{cluster.domain}:{cluster.https}"


def _platform(bench: KubernetesBench, api: Api, url: str) -> KubernetesPlatform:
    pool = Pool(selector=LABEL, tolerations=(Toleration(key=TOLERATION["key"]),))
    now = partial(datetime.now, UTC)
    return KubernetesPlatform(
        instance="local", api=api, rules=bench.rules(pool=pool), now=now, prefix=bench.prefix, url=url
    )


async def _each(work: Callable[[str], Awaitable[None]], names: Sequence[str]) -> None:
    free = asyncio.Semaphore(AT_ONCE)

    async def one(name: str) -> None:
        async with free:
            await work(name)

    await asyncio.gather(*(one(name) for name in names))


async def _seconds(work: Awaitable[object]) -> float:
    began = time.perf_counter()
    await work
    return time.perf_counter() - began


if __name__ == "__main__":
    measure("hundreds of previews on a cluster: Matinee against bare requests", benchmark)
