"""Matinee's own pods are fenced by the chart: webhooks come in, and nothing else does."""

import asyncio
from collections.abc import Mapping

import pytest

from tests.cluster import asking, bases, images, objects
from tests.cluster.described import Cluster
from tests.cluster.waiting import pods_ready
from tests.deploy.installing import Installed

pytestmark = [pytest.mark.cluster, pytest.mark.server, pytest.mark.slow]

WEBHOOKS, OTHER = 8080, 8099
LISTENS = f"""
import socket, threading
ears = [socket.create_server(("", port)) for port in ({WEBHOOKS}, {OTHER})]
for ear in ears:
    threading.Thread(target=lambda ear=ear: [ear.accept() for _ in iter(int, 1)]).start()
"""


async def test_of_matinee_only_the_receivers_port_is_open(cluster: Cluster, installed: Installed) -> None:
    """Whoever runs something else in the cluster reaches webhooks, and nothing that listens beside them."""
    image = await images.push(await asyncio.to_thread(bases.python, command=("python",)), cluster.registry, "python")
    names = ("worker", "receiver", "visitor")
    pods = [pod(installed.name, name, image, await labels(installed, name)) for name in names]
    team = f"{installed.name}-team"
    await cluster.kubectl.apply(objects.namespace(team), *pods, pod(team, "visitor", image, {}))
    try:
        for place in (installed.name, team):
            await pods_ready(cluster, place)
        found = {name: await cluster.kubectl.get("pod", name, f"--namespace={installed.name}") for name in names}
        reached = {
            (name, port)
            for name, one in found.items()
            for port in (WEBHOOKS, OTHER)
            if await asking.is_open(cluster, team, "visitor", one["status"]["podIP"], port)
        }
    finally:
        await cluster.kubectl("delete", "pod", *names, f"--namespace={installed.name}", "--wait=false")
        await cluster.kubectl("delete", "namespace", team, "--wait=false")

    # What has none of Matinee's labels is nobody's to fence, and shows that both ports do answer.
    assert reached == {("receiver", WEBHOOKS), ("visitor", WEBHOOKS), ("visitor", OTHER)}


async def labels(installed: Installed, name: str) -> dict[str, str]:
    """What the pods of this part of Matinee are selected by; nothing for what is no part of it."""
    if name == "visitor":
        return {}
    found = await installed.kubectl.get("deployment", f"{installed.name}-{name}", f"--namespace={installed.name}")
    return found["spec"]["selector"]["matchLabels"]


def pod(place: str, name: str, image: str, named: Mapping[str, str]) -> dict[str, object]:
    """A pod in the place of one of Matinee's, which listens at the port of webhooks and at another."""
    made = objects.pod(place, name, image, "python", "-c", LISTENS, port=WEBHOOKS)
    made["metadata"]["labels"] |= named
    made["spec"]["containers"][0]["ports"] = [{"name": "http", "containerPort": WEBHOOKS}]
    return made
