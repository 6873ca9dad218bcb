"""The test cluster runs real pods: from its own registry, by digest, without root."""

import asyncio
import uuid
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cluster import asking, bases, images, objects, registering
from tests.cluster.described import Cluster
from tests.cluster.layers import layer
from tests.cluster.waiting import pods_ready, service_answers
from tests.waiting import until

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


async def test_a_private_image_needs_its_pull_secret(cluster: Cluster, place: str) -> None:
    """An image that asks for a password runs where the namespace has the Secret, and says why where it has not."""
    # A node gives an image that it has to every pod, so this one is new, and the pod without the Secret comes first.
    base = bases.busybox()
    made = replace(base, layers=(*base.layers, layer({"/unique": uuid.uuid4().bytes})))
    private = (await images.push(made, cluster.registry, "secret")).replace(cluster.registry, cluster.private_registry)
    await cluster.kubectl.apply(objects.pod(place, "without", private))
    reason = "jsonpath={.status.containerStatuses[0].state.waiting.reason}"

    async def refused() -> bool:
        seen = await cluster.kubectl("get", "--namespace", place, "pod", "without", f"--output={reason}")
        return seen in {"ErrImagePull", "ImagePullBackOff"}

    await until(refused, "the pod without the Secret is refused its image")
    account = (f"--docker-username={registering.USER}", f"--docker-password={registering.PASSWORD}")
    server = f"--docker-server={cluster.private_registry}"
    await cluster.kubectl("create", "secret", "docker-registry", "pull", "--namespace", place, server, *account)
    allowed = objects.pod(place, "with", private)
    allowed["spec"]["imagePullSecrets"] = [{"name": "pull"}]
    await cluster.kubectl.apply(allowed)

    await cluster.kubectl("wait", "--namespace", place, "pod/with", "--for=condition=Ready", "--timeout=60s")


async def test_an_application_made_of_layers_answers(cluster: Cluster, image: str, place: str) -> None:
    """This machine's Python, packages that are installed here, and a file of ours are an application."""
    code = b"from starlette.responses import PlainTextResponse\napplication = PlainTextResponse('of layers')\n"
    packages = bases.packages_layer("starlette", "uvicorn", "anyio", "h11", "click", "idna", "typing_extensions")
    serve = ("python", "-m", "uvicorn", "shop:application", "--host", "0.0.0.0", "--port", "8080")  # noqa: S104 - a pod's
    made = bases.python(packages, layer({"/application/shop.py": code}), command=serve)
    shop = await images.push(made, cluster.registry, "shop")
    await cluster.kubectl.apply(
        objects.pod(place, "shop", shop, port=8080),
        objects.service(place, "shop", 8080),
        objects.pod(place, "visitor", image, port=8080),
    )
    await pods_ready(cluster, place)

    await service_answers(cluster, place, "visitor", "http://shop/", "of layers")


async def test_a_pod_reaches_a_server_of_this_machine(cluster: Cluster, image: str, place: str, tmp_path: Path) -> None:
    """A preview's pods use a database that the tests started outside of the cluster."""
    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    await cluster.kubectl.apply(objects.pod(place, "visitor", image, port=8080))
    await pods_ready(cluster, place)

    async with server, cluster.way_out(port, tmp_path) as address:
        assert await asking.get(cluster, place, "visitor", f"http://{address}/") == "from this machine"


async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers any request over HTTP."""
    await reader.readline()
    writer.write(b"HTTP/1.0 200 OK\r\nContent-Length: 17\r\n\r\nfrom this machine")
    await writer.drain()
    writer.close()
