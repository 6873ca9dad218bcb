"""What runs in a preview is shut in by the policies that Matinee writes, as its own pods and its neighbours see it."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import pytest

from domain.manifests.networks import INTERNET
from domain.names import Key
from domain.resources import Connection
from tests.adapters.platforms.kubernetes.asking import deploying, service, settled
from tests.cluster import asking, objects
from tests.cluster.addresses import ELSEWHERE, METADATA, NODE
from tests.cluster.waiting import pods_ready
from tests.contracts.benches_kubernetes import KubernetesBench

pytestmark = [pytest.mark.cluster, pytest.mark.server, pytest.mark.slow]

KUBELET = 10250
PORT = 8000
WEB = "deployment/web"

Places = dict[str, tuple[str, int]]


@pytest.fixture
async def database(bench: KubernetesBench, tmp_path: Path) -> AsyncGenerator[int]:
    """The port at the node's address where somebody answers in the place of the database."""
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, bench.cluster.way_out(port, tmp_path):
        yield port


@pytest.fixture
async def places(bench: KubernetesBench, database: int) -> Places:
    """What a pod of the preview may try to reach; the neighbour is another preview, and runs."""
    other = replace(deploying("r1", service(bench, "api")), key=Key("acme/shop", 13), label="shop-13")
    await settled(bench.kubernetes, await bench.platform.deploy(other, connection(database)))
    space = f"{bench.prefix}shop-13"
    found = await bench.cluster.kubectl.get("pods", f"--namespace={space}")
    return {
        "sibling": ("api", PORT),
        "database": (NODE, database),
        "kubelet beside it": (NODE, KUBELET),
        "neighbour": (found["items"][0]["status"]["podIP"], PORT),
        "neighbour's service": (f"api.{space}", PORT),
        "API server": ("kubernetes.default.svc", 443),
        "metadata": (METADATA, 80),
        "elsewhere": (ELSEWHERE, 80),
    }


async def test_a_preview_reaches_its_own_services_and_its_database_alone(
    bench: KubernetesBench, database: int, places: Places
) -> None:
    """No neighbour, no metadata, no kubelet, no API server and nothing outside, and names are found all the same."""
    request = deploying("r1", service(bench), service(bench, "api"))
    await settled(bench.kubernetes, await bench.platform.deploy(request, connection(database)))

    assert await reached(bench, places) == {"sibling", "database"}
    assert await bench.answer(bench.host) == "hello from r1"


async def test_a_preview_with_a_way_out_reaches_neither_metadata_nor_the_cluster(
    bench: KubernetesBench, database: int, places: Places
) -> None:
    """An operator who opens the Internet opens nothing else."""
    platform = bench.installed("matinee", egress=INTERNET)
    request = deploying("r1", service(bench), service(bench, "api"))
    await settled(platform, await platform.deploy(request, connection(database)))

    assert await reached(bench, places) == {"sibling", "database", "elsewhere"}


async def test_nobody_in_the_cluster_reaches_into_a_preview(bench: KubernetesBench, database: int) -> None:
    """A pod of another team, which no policy holds, gets no answer; visitors come by the gateway alone."""
    await settled(bench.kubernetes, await bench.platform.deploy(deploying("r1", service(bench)), connection(database)))
    found = await bench.cluster.kubectl.get("pods", f"--namespace={bench.namespace}")
    address = found["items"][0]["status"]["podIP"]
    team = f"{bench.prefix}team"
    await bench.cluster.kubectl.apply(objects.namespace(team))
    try:
        await bench.cluster.kubectl.apply(objects.pod(team, "visitor", bench.reference, *bench.commands.endless))
        await pods_ready(bench.cluster, team)
        ways = ((address, PORT), (f"web.{bench.namespace}", PORT), (ELSEWHERE, 80))
        answers = [await asking.is_open(bench.cluster, team, "visitor", *way) for way in ways]
    finally:
        await bench.cluster.kubectl("delete", "namespace", team, "--wait=false")

    assert answers == [False, False, True]
    assert await bench.answer(bench.host) == "hello from r1"


def connection(port: int) -> Connection:
    """The connection of a database at this port of the node's address."""
    return Connection(url=f"postgresql://pr_shop:hush@{NODE}:{port}/pr_shop")


async def reached(bench: KubernetesBench, places: Places) -> set[str]:
    """What a pod of the preview's service can connect to."""
    return {
        what
        for what, (host, port) in places.items()
        if await asking.is_open(bench.cluster, bench.namespace, WEB, host, port)
    }
