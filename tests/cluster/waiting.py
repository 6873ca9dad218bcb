"""Waiting for what a cluster does in its own time."""

from tests.cluster.described import Cluster


async def pods_ready(cluster: Cluster, place: str) -> None:
    """Every pod of the namespace is ready."""
    await cluster.kubectl("wait", "--namespace", place, "pod", "--all", "--for=condition=Ready", "--timeout=60s")
