"""NetworkPolicies are enforced on the test cluster: what they forbid cannot be reached, what they allow can."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster import asking, objects
from tests.cluster.addresses import ELSEWHERE, METADATA, NODE
from tests.cluster.described import Cluster
from tests.cluster.waiting import pods_ready
from tests.waiting import until

pytestmark = [pytest.mark.cluster, pytest.mark.server, pytest.mark.slow]

KUBELET = 10250

Rule = dict[str, Any]
Network = dict[str, tuple[str, int]]

NAME_SERVER: Rule = {
    "to": [
        {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
            "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
        }
    ],
    "ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}],
}
WITHIN: list[Rule] = [{"podSelector": {}}]
CLOSED: Rule = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
PREVIEW: Rule = {**CLOSED, "ingress": [{"from": WITHIN}], "egress": [{"to": WITHIN}, NAME_SERVER]}
"""Within the namespace everything, and the name server; nothing else."""


@pytest.fixture
async def network(cluster: Cluster, image: str, place: str) -> AsyncGenerator[Network]:
    """What `visitor`, a pod in `place`, may try to reach, by what it is; without policies it reaches all of it."""
    other = f"{place}-neighbour"
    await cluster.kubectl.apply(objects.namespace(other))
    for where in (place, other):
        pods = [objects.pod(where, name, image, port=8080) for name in ("shop", "visitor")]
        await cluster.kubectl.apply(*pods, objects.service(where, "shop", 8080))
    addresses: dict[str, str] = {}
    for where in (place, other):
        await pods_ready(cluster, where)
        addresses[where] = (await cluster.kubectl.get("--namespace", where, "pod", "shop"))["status"]["podIP"]
    yield {
        "sibling": (addresses[place], 8080),
        "sibling by name": ("shop", 80),
        "neighbour": (addresses[other], 8080),
        "neighbour's service": (f"shop.{other}", 80),
        "metadata": (METADATA, 80),
        "elsewhere": (ELSEWHERE, 80),
        "kubelet": (NODE, KUBELET),
        "API server": ("kubernetes.default.svc", 443),
    }
    await cluster.kubectl("delete", "namespace", other, "--wait=false")


async def test_without_policies_a_pod_reaches_everything(cluster: Cluster, network: Network, place: str) -> None:
    """What the other tests see closed is closed by a policy, and not for want of somebody who answers."""
    assert await reached(cluster, place, network) == set(network)


async def test_a_closed_preview_reaches_itself_alone(cluster: Cluster, network: Network, place: str) -> None:
    """No neighbour, no metadata address, no kubelet, no API server and nothing outside; only its own services."""
    await cluster.kubectl.apply(objects.policy(place, "preview", PREVIEW))

    await settled(cluster, place, network["neighbour"])
    assert await reached(cluster, place, network) == {"sibling", "sibling by name"}


async def test_a_closed_preview_is_not_reached_by_a_neighbour(cluster: Cluster, network: Network, place: str) -> None:
    """What a neighbour runs, with no policy of its own, cannot come in."""
    await cluster.kubectl.apply(objects.policy(place, "preview", PREVIEW))

    await settled(cluster, place, network["neighbour"])
    there = {"sibling": network["sibling"], "neighbour": network["neighbour"]}
    assert await reached(cluster, f"{place}-neighbour", there) == {"neighbour"}


async def test_what_a_policy_allows_outside_is_reached(cluster: Cluster, network: Network, place: str) -> None:
    """A preview that may talk to the Internet still does not reach the metadata address or the cluster's network."""
    private = [f"{METADATA}/32", "10.0.0.0/8"]
    internet: Rule = {"to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": private}}]}
    open_policy: Rule = {**PREVIEW, "egress": [*PREVIEW["egress"], internet]}
    await cluster.kubectl.apply(objects.policy(place, "preview", open_policy))

    await settled(cluster, place, network["neighbour"])
    assert await reached(cluster, place, network) == {"sibling", "sibling by name", "elsewhere"}


async def test_a_database_beside_the_cluster_is_reached_and_nothing_beside_it(
    cluster: Cluster, network: Network, place: str, tmp_path: Path
) -> None:
    """A preview reaches its own database at its port, and at the same address neither the kubelet nor another port."""
    database = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = database.sockets[0].getsockname()[1]
    allowed: Rule = {"to": [{"ipBlock": {"cidr": f"{NODE}/32"}}], "ports": [{"port": port}]}
    async with database, cluster.way_out(port, tmp_path):
        await cluster.kubectl.apply(objects.policy(place, "preview", {**PREVIEW, "egress": [NAME_SERVER, allowed]}))
        await settled(cluster, place, network["neighbour"])

        assert await reached(cluster, place, {**network, "database": (NODE, port)}) == {"database"}


async def test_a_pod_is_closed_from_its_first_moment(cluster: Cluster, image: str, place: str) -> None:
    """A pod that tries to get out as soon as it runs meets the policies that were there before it."""
    program = (
        "import socket, time\n"
        "end = time.monotonic() + 2\n"
        "opened = 0\n"
        "while time.monotonic() < end:\n"
        f"    opened += socket.socket().connect_ex(('{ELSEWHERE}', 80)) == 0\n"
        "print('opened', opened)\n"
        "time.sleep(3600)\n"
    )
    await cluster.kubectl.apply(objects.policy(place, "preview", PREVIEW))
    await cluster.kubectl.apply(objects.pod(place, "hasty", image, "python", "-u", "-c", program))
    await pods_ready(cluster, place)

    assert await first_line(cluster, place, "hasty") == "opened 0"


async def first_line(cluster: Cluster, place: str, name: str) -> str:
    """The first line that the pod writes."""
    following = cluster.kubectl("logs", "--namespace", place, name, "--follow", "--limit-bytes=8")
    return (await following).strip()


async def settled(cluster: Cluster, place: str, closed: tuple[str, int]) -> None:
    """The policies that were just written are enforced, as is seen by what they close."""

    async def is_closed() -> bool:
        return not await asking.is_open(cluster, place, "visitor", *closed)

    await until(is_closed, f"{closed} is closed")


async def reached(cluster: Cluster, place: str, network: Network) -> set[str]:
    """What `visitor` can connect to."""
    return {
        what for what, (host, port) in network.items() if await asking.is_open(cluster, place, "visitor", host, port)
    }
