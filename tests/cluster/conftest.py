"""What the tests of the test cluster share: images in its registry, and namespaces of their own."""

import asyncio
import uuid
from collections.abc import AsyncGenerator

import pytest

from tests.cluster import bases, images, objects
from tests.cluster.asking import SERVER
from tests.cluster.described import Cluster
from tools.kubernetes import building


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests marked `cluster(needs="kwok")` are left out where that is not built, in CI too: it takes long."""
    unbuilt = [item for item in items if any(building.missing(name) for name in _needs(item))]
    items[:] = [item for item in items if item not in unbuilt]
    config.hook.pytest_deselected(items=unbuilt)


def _needs(item: pytest.Item) -> list[str]:
    """The modules beyond those of every cluster that a test needs to be built."""
    return [str(mark.kwargs["needs"]) for mark in item.iter_markers("cluster") if "needs" in mark.kwargs]


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
