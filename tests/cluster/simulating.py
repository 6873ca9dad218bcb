"""Simulating: nodes that kwok plays, for tests with more pods than this machine could run."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from embedded.processes import running
from tests.cluster.control_plane import part
from tests.cluster.described import Cluster
from tests.waiting import until
from tools.kubernetes.building import OTHERS, program

LABEL = {"matinee.dev/simulated": "true"}
"""What a pod's node selector says to come to one of these nodes; it must tolerate the taint, too."""

TOLERATION = {"key": "matinee.dev/simulated", "operator": "Exists", "effect": "NoSchedule"}
_OURS = {"kwok.x-k8s.io/node": "fake"}
_SELECTOR = ",".join(f"{name}={value}" for name, value in _OURS.items())
_RESOURCES = {"cpu": "256", "memory": "1Ti", "pods": "1000"}


@asynccontextmanager
async def simulated_nodes(cluster: Cluster, count: int, folder: Path) -> AsyncGenerator[list[str]]:
    """The names of so many nodes that are ready inside the block, and on which pods become ready at once."""
    names = [f"simulated-{number}" for number in range(count)]
    stages = folder / "stages.yaml"
    stages.write_text(await cluster.kubectl("kustomize", str(OTHERS["kwok"].place / "stages" / "fast")))
    command = (
        program("kwok"),
        f"--kubeconfig={cluster.kubeconfig}",
        f"--config={stages}",
        "--manage-all-nodes=false",
        f"--manage-nodes-with-annotation-selector={_SELECTOR}",
        "--cidr=10.200.0.0/16",
        "--node-lease-duration-seconds=40",
    )

    async def started() -> bool:
        return True

    async with running(part(folder, "kwok", *command), started):
        await cluster.kubectl.apply(*(_node(name) for name in names))
        try:
            await until(lambda: _ready(cluster, names), "the simulated nodes are ready")
            yield names
        finally:
            await cluster.kubectl("delete", "node", *names)


def _node(name: str) -> dict[str, Any]:
    """A node that only kwok knows, and to which nothing comes that does not ask for it."""
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "annotations": _OURS, "labels": LABEL},
        "spec": {"taints": [{"key": TOLERATION["key"], "value": "true", "effect": TOLERATION["effect"]}]},
        "status": {"allocatable": _RESOURCES, "capacity": _RESOURCES},
    }


async def _ready(cluster: Cluster, names: list[str]) -> bool:
    """Whether pods can be put on all of them."""
    nodes = (await cluster.kubectl.get("nodes"))["items"]
    ready = {
        node["metadata"]["name"]
        for node in nodes
        for one in node.get("status", {}).get("conditions", [])
        if (one["type"], one["status"]) == ("Ready", "True")
    }
    return ready.issuperset(names)
