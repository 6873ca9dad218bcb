"""Asking: what these tests ask of the platform, and how they wait for it."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.platforms.kubernetes.platform import KubernetesPlatform
from domain.definitions import Resources, Service, ServiceUrl
from domain.errors import NotYet
from domain.names import Key
from domain.pulls import Revision
from domain.requests import DeployRequest, RunRequest, ServiceRequest
from domain.resources import Connection, DatabaseRef, Deployment, Image, Removal
from tests.contracts.benches_kubernetes import KubernetesBench
from tests.contracts.platform_bench import SECRET

KEY = Key("acme/shop", 12)
LABEL = "shop-12"
CONNECTION = Connection(url=f"postgresql://pr_shop_12:{SECRET}@127.0.0.1:1/pr_shop_12")
DATABASE = DatabaseRef(instance="main", name="pr_shop_12", label=LABEL, generation=1)


def service(bench: KubernetesBench, name: str = "web", **rest: Any) -> ServiceRequest:
    """A service that answers with its release's name; `web` is public."""
    given: dict[str, Any] = {"command": bench.commands.answering, "port": 8000, **rest}
    image = Image(service=name, reference=given.pop("image", bench.reference), digest="")
    url = ServiceUrl(name, f"http://{bench.host}") if name == "web" else None
    described = Service(name=name, public=url is not None, **given)
    return ServiceRequest(service=described, image=image, environment={}, url=url)


def deploying(release: str, *services: ServiceRequest, **rest: Any) -> DeployRequest:
    """The wish to deploy these services."""
    greeting = {"GREETING": f"hello from {release}"}
    request = DeployRequest(
        key=KEY,
        label=LABEL,
        instance="local",
        revision=Revision(commit="c0ffee", pushed_at=datetime(2026, 1, 1, tzinfo=UTC)),
        release=release,
        services=tuple(replace(one, environment=greeting) for one in services),
        database=DATABASE,
        variable="DATABASE_URL",
    )
    return replace(request, **rest)


def running(bench: KubernetesBench, command: tuple[str, ...], **rest: Any) -> RunRequest:
    """The wish to run this command."""
    request = RunRequest(
        key=KEY,
        label=LABEL,
        instance="local",
        token="t1",
        image=bench.image("web"),
        command=command,
        environment={},
        resources=Resources(),
        database=DATABASE,
        variable="DATABASE_URL",
        deadline=datetime.now(UTC) + timedelta(seconds=60),
    )
    return replace(request, **rest)


def removal(generation: int = 9) -> Removal:
    """The wish to take the preview away."""
    return Removal(key=KEY, label=LABEL, port="platform", instance="local", generation=generation, entries=())


async def settled(platform: KubernetesPlatform, deployment: Deployment, *, within: float = 60.0) -> Deployment:
    """The deployment once it has settled, asked again as Temporal would."""
    async with asyncio.timeout(within):
        while True:
            try:
                return await platform.settle(deployment)
            except NotYet:
                await asyncio.sleep(0.1)


def beat() -> None:
    """Nobody listens."""
