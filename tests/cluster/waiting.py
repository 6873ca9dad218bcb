"""Waiting for what a cluster does in its own time."""

from tests.cluster import asking
from tests.cluster.described import Cluster
from tests.waiting import until


async def pods_ready(cluster: Cluster, place: str) -> None:
    """Every pod of the namespace is ready."""
    await cluster.kubectl("wait", "--namespace", place, "pod", "--all", "--for=condition=Ready", "--timeout=60s")


async def service_answers(cluster: Cluster, place: str, name: str, url: str, answer: str) -> None:
    """The Service of this URL gives the pod this answer: the node's proxy learns of a ready pod a moment later."""

    async def look() -> bool:
        return await asking.get(cluster, place, name, url) == answer

    await until(look, f"{url} answers", show=lambda: asking.get(cluster, place, name, url))
