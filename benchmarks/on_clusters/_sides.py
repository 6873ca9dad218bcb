"""Sides: who makes one and the same preview on a cluster, and takes it away."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

from adapters.platforms.kubernetes.platform import KubernetesPlatform
from adapters.platforms.kubernetes.requesting import Api, Thing
from benchmarks.on_clusters._counting import Counted
from benchmarks.on_clusters._visiting import answered, pods_ready
from domain.definitions import Service, ServiceUrl
from domain.errors import NotYet
from domain.names import Key
from domain.pulls import Revision
from domain.requests import DeployRequest, ServiceRequest
from domain.resources import Connection, DatabaseRef, Deployment, Removal
from tests.contracts.benches_kubernetes import KubernetesBench

KEY = Key("acme/shop", 12)

ASK_AGAIN = 0.3
"""Seconds until what said "not yet" is asked again, as a rollout does at first."""

SERVER = """
import http.server, os, signal
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *_):
        pass
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
http.server.ThreadingHTTPServer(("", int(os.environ["PORT"])), Handler).serve_forever()
"""
"""Ends as soon as it is told to, so that no deletion is long because of what it deletes."""


@dataclass(frozen=True, kw_only=True)
class Took:
    """Seconds from the beginning until the objects were there and until the first 200, and of the deletion."""

    applied: float
    answered: float
    known: float = 0.0
    gone: float = 0.0


class Side(Protocol):
    """Who makes a preview in the namespace of this label, and takes it away."""

    async def up(self, label: str) -> Took:
        """It answers; what that took."""
        ...

    async def down(self, label: str) -> None:
        """It is gone."""
        ...


@dataclass(frozen=True, kw_only=True)
class Matinee:
    """The platform, as a worker has it."""

    bench: KubernetesBench
    counted: Counted
    administrator: Api

    @property
    def platform(self) -> KubernetesPlatform:
        """The bench's, but as patient as a worker's."""
        bench = self.bench
        now = partial(datetime.now, UTC)
        return KubernetesPlatform(instance="local", api=self.counted, rules=bench.rules(), now=now, prefix=bench.prefix)

    async def up(self, label: str) -> Took:
        """It answers; what that took, and how long after its pods were ready that was known."""
        namespace, began = f"{self.bench.prefix}{label}", time.perf_counter()
        connection = Connection(url="postgresql://a:b@127.0.0.1:1/a")
        deployment = await self.platform.deploy(_request(self.bench, label), connection)
        applied = time.perf_counter()
        first, ready, known = await asyncio.gather(
            answered(self.bench.cluster, f"{namespace}.{self.bench.cluster.domain}"),
            pods_ready(self.administrator, namespace),
            _settled(self.platform, deployment),
        )
        return Took(applied=applied - began, answered=first - began, known=known - ready)

    async def down(self, label: str) -> None:
        """It is gone, verified."""
        await self.platform.remove(
            Removal(key=KEY, label=label, port="platform", instance="local", generation=1, entries=())
        )


@dataclass(frozen=True, kw_only=True)
class Bare:
    """Whoever applies the same objects by `apply`."""

    bench: KubernetesBench
    objects: Callable[[str], list[Thing]]
    apply: Callable[[list[Thing]], Awaitable[None]]

    async def up(self, label: str) -> Took:
        """It answers; what that took."""
        namespace, began = f"{self.bench.prefix}{label}", time.perf_counter()
        await self.apply(self.objects(namespace))
        applied = time.perf_counter()
        first = await answered(self.bench.cluster, f"{namespace}.{self.bench.cluster.domain}")
        return Took(applied=applied - began, answered=first - began)

    async def down(self, label: str) -> None:
        """It is gone, as `kubectl delete` waits for it."""
        await self.bench.cluster.kubectl("delete", "namespace", f"{self.bench.prefix}{label}")


async def _settled(platform: KubernetesPlatform, deployment: Deployment) -> float:
    """The instant at which the platform said that all is ready, asked as a rollout asks."""
    while True:
        try:
            await platform.settle(deployment)
        except NotYet:
            await asyncio.sleep(ASK_AGAIN)
        else:
            return time.perf_counter()


def _request(bench: KubernetesBench, label: str) -> DeployRequest:
    """A public service with a connection, as the example has it."""
    service = Service(name="web", command=("python", "-c", SERVER), port=8000, public=True)
    url = ServiceUrl("web", f"https://{bench.prefix}{label}.{bench.cluster.domain}:{bench.cluster.https}")
    return DeployRequest(
        key=KEY,
        label=label,
        instance="local",
        revision=Revision(commit="c0ffee", pushed_at=datetime(2026, 1, 1, tzinfo=UTC)),
        release="r1",
        services=(ServiceRequest(service=service, image=bench.image("web"), environment={}, url=url),),
        database=DatabaseRef(instance="main", name="a", label=label, generation=1),
        variable="DATABASE_URL",
    )
