"""The routes that the local platform writes, as the real proxy reads them."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import httpx
import pytest

from adapters.platforms.local.platform import LocalPlatform
from tests.contracts.benches_local import LocalPlatformBench, open_local
from tests.contracts.platform_bench import eventually
from tests.contracts.test_platforms import deploying, removal, settled
from tests.servers import traefik_server

pytestmark = pytest.mark.server

_HOST = {"Host": "shop-12.localhost"}


@dataclass
class Visited:
    """A local platform behind a real proxy, and a visitor's way to it."""

    bench: LocalPlatformBench
    visitor: httpx.AsyncClient

    async def visit(self) -> httpx.Response:
        """What a visitor of the preview gets."""
        return await self.visitor.get("/", headers=_HOST)


@pytest.fixture
async def visited() -> AsyncGenerator[Visited]:
    """A local platform that lets older releases answer until the proxy knows the new one."""
    async with open_local(own_users=False) as bench, traefik_server(bench.data / "traefik") as proxy:
        bench.platform = LocalPlatform(
            instance="local", installation="matinee", data=bench.data, now=lambda: datetime.now(UTC), users=None
        )
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{proxy.port}", trust_env=False) as visitor:
            yield Visited(bench, visitor)


async def test_a_visitor_comes_through_the_proxy(visited: Visited) -> None:
    """The host of a preview leads to its service, robots are asked to stay away, and removal ends it."""
    deployment = await settled(visited.bench, await visited.bench.platform.deploy(deploying(visited.bench, "r1"), None))

    async def answers() -> bool:
        return (await visited.visit()).text == "hello from r1"

    await eventually(answers)
    assert (await visited.visit()).headers["X-Robots-Tag"] == "noindex"
    await visited.bench.platform.remove(removal(deployment.entries))

    async def is_gone() -> bool:
        return (await visited.visit()).status_code == 404

    await eventually(is_gone)


async def test_no_visitor_notices_an_update(visited: Visited) -> None:
    """Whoever reloads the page all through an update gets the old one, then the new one, and never an error."""
    await settled(visited.bench, await visited.bench.platform.deploy(deploying(visited.bench, "r1"), None))
    seen: list[tuple[int, str]] = []

    async def sees(text: str) -> bool:
        answer = await visited.visit()
        seen.append((answer.status_code, answer.text))
        return answer.text == text

    await eventually(lambda: sees("hello from r1"))
    seen.clear()
    update = asyncio.create_task(_updated(visited))
    await eventually(lambda: sees("hello from r2"))
    while not update.done():
        await sees("hello from r2")

    assert list(dict.fromkeys(seen)) == [(200, "hello from r1"), (200, "hello from r2")]


async def test_two_services_have_a_host_each(visited: Visited) -> None:
    """The page and its interface are reached by names of their own."""
    bench = visited.bench
    request = deploying(bench, "r1")
    web = request.services[0]
    assert web.url
    api = replace(
        web,
        service=replace(web.service, name="api"),
        environment={"GREETING": "hello from api"},
        url=replace(web.url, service="api", url="http://shop-12-api.localhost:8080"),
    )
    await settled(bench, await bench.platform.deploy(replace(request, services=(web, api)), None))

    async def answers() -> bool:
        there = await visited.visitor.get("/", headers={"Host": "shop-12-api.localhost"})
        return (there.text, (await visited.visit()).text) == ("hello from api", "hello from r1")

    await eventually(answers)


async def _updated(visited: Visited) -> None:
    await settled(visited.bench, await visited.bench.platform.deploy(deploying(visited.bench, "r2"), None))
