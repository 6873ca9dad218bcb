"""What the tests of the test cluster share: images in its registry, and namespaces of their own."""

import asyncio
import uuid
from collections.abc import AsyncGenerator

import pytest

from tests.cluster import bases, images, objects
from tests.cluster.asking import SERVER
from tests.cluster.described import Cluster


@pytest.fixture(scope="session")
async def image(cluster: Cluster) -> str:
    """An image with Python, by digest, that answers every request with the name of its pod."""
    made = await asyncio.to_thread(bases.python, command=("python", "-c", SERVER))
    return await images.push(made, cluster.registry, "python")


@pytest.fixture
async def place(cluster: Cluster) -> AsyncGenerator[str]:
    """A namespace, gone some seconds after the test."""
    name = f"test-{uuid.uuid4().hex[:8]}"
    await cluster.kubectl.apply(objects.namespace(name))
    yield name
    await cluster.kubectl("delete", "namespace", name, "--wait=false")
