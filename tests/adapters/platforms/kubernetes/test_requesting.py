"""Requests to an API server that answers in parts, or is asked about an object that is another one by now."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from adapters.platforms.kubernetes.claiming import uid_of
from adapters.platforms.kubernetes.connecting import Access, connected
from adapters.platforms.kubernetes.requesting import Api
from domain.manifests.inventory import Item
from tests.cluster import available
from tests.cluster.described import Cluster

_OBSTACLE = available.obstacle({})
_MANY = 501
_PLACE = "in-parts"

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.server,
    pytest.mark.skipif(_OBSTACLE is not None, reason=str(_OBSTACLE)),
]


@pytest.fixture
async def api(cluster: Cluster) -> AsyncGenerator[Api]:
    """A connection to the cluster that may do everything, and takes away what was made through it."""
    await cluster.kubectl("create", "namespace", _PLACE)
    async with connected(Access(kubeconfig=cluster.kubeconfig)) as api:
        yield api
    await cluster.kubectl("delete", "namespace", _PLACE)


async def test_a_list_longer_than_a_page_is_whole(api: Api) -> None:
    """In a cluster with many previews the sweep sees each of them, though the API server tells of 500 at a time."""
    await asyncio.gather(*(api.create(mapping(f"page-{number}")) for number in range(_MANY)))

    found = await api.list("v1", "ConfigMap", _PLACE, labels="page=yes")

    assert {one["metadata"]["name"] for one in found} == {f"page-{number}" for number in range(_MANY)}
    assert {one["kind"] for one in found} == {"ConfigMap"}


async def test_what_has_the_name_of_something_gone_is_left_alone(api: Api) -> None:
    """Whoever made an object anew under the same name keeps it, and deleting the older one is no failure."""
    item = Item("v1", "ConfigMap", "again")
    older = await api.create(mapping(item.name))
    await api.delete(item, _PLACE, uid=uid_of(older))
    newer = await api.create(mapping(item.name))

    await api.delete(item, _PLACE, uid=uid_of(older))

    found = await api.get(item, _PLACE)
    assert found is not None
    assert uid_of(found) == uid_of(newer)


def mapping(name: str) -> dict[str, Any]:
    """A small object."""
    metadata = {"name": name, "namespace": _PLACE, "labels": {"page": "yes"}}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}
