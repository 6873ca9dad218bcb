"""Nodes that are only played take pods, where a test needs more of them than this machine could run."""

from pathlib import Path

import pytest

from tests.cluster import objects
from tests.cluster.described import Cluster
from tests.cluster.simulating import LABEL, TOLERATION, simulated_nodes
from tests.cluster.waiting import pods_ready

pytestmark = [pytest.mark.cluster(needs="kwok"), pytest.mark.server, pytest.mark.slow]


async def test_a_hundred_pods_become_ready_on_simulated_nodes(cluster: Cluster, place: str, tmp_path: Path) -> None:
    """A benchmark opens more previews than there is memory for, and the API server sees no difference."""
    async with simulated_nodes(cluster, 2, tmp_path) as nodes:
        pods = [objects.pod(place, f"pod-{number}", "nothing.example/nothing:1") for number in range(100)]
        for pod in pods:
            pod["spec"] |= {"nodeSelector": LABEL, "tolerations": [TOLERATION]}
        await cluster.kubectl.apply(*pods)
        await pods_ready(cluster, place)

        seen = (await cluster.kubectl.get("--namespace", place, "pods"))["items"]
        assert {pod["spec"]["nodeName"] for pod in seen} == set(nodes)
        await cluster.kubectl("delete", "--namespace", place, "pods", "--all")
