"""The test cluster runs real pods: from its own registry, by digest, without root."""

import pytest

from tests.cluster import asking, objects
from tests.cluster.described import Cluster
from tests.cluster.waiting import pods_ready

pytestmark = [pytest.mark.cluster, pytest.mark.server, pytest.mark.slow]


async def test_a_node_is_ready(cluster: Cluster) -> None:
    """Pods have somewhere to run."""
    nodes = (await cluster.kubectl.get("nodes"))["items"]

    ready = [one["status"] for node in nodes for one in node["status"]["conditions"] if one["type"] == "Ready"]
    assert ready == ["True"] * len(nodes)
    assert nodes


async def test_a_pod_from_the_registry_answers(cluster: Cluster, image: str, place: str) -> None:
    """An image that was made without Docker runs by its digest, and others in the cluster can talk to it."""
    pods = [objects.pod(place, name, image, port=8080) for name in ("shop", "visitor")]
    await cluster.kubectl.apply(*pods)
    await pods_ready(cluster, place)

    address = (await cluster.kubectl.get("--namespace", place, "pod", "shop"))["status"]["podIP"]
    assert "@sha256:" in image
    assert await asking.get(cluster, place, "visitor", f"http://{address}:8080/") == "shop"


async def test_logs_and_exec_reach_into_a_pod(cluster: Cluster, image: str, place: str) -> None:
    """Who looks for a fault reads what the pod wrote and looks around in it."""
    program = f"print('curtain up', flush=True)\n{asking.SERVER}"
    await cluster.kubectl.apply(objects.pod(place, "shop", image, "python", "-c", program, port=8080))
    await pods_ready(cluster, place)

    assert await cluster.kubectl("logs", "--namespace", place, "shop") == "curtain up\n"
    user = "import os; print(os.getuid())"
    assert await cluster.kubectl("exec", "--namespace", place, "shop", "--", "python", "-c", user) == "65534\n"
