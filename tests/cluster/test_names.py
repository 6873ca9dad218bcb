"""Pods of the test cluster find each other, and previews, by name."""

import pytest

from tests.cluster import asking, objects
from tests.cluster.described import Cluster
from tests.cluster.waiting import pods_ready, service_answers

pytestmark = [pytest.mark.cluster, pytest.mark.server, pytest.mark.slow]


@pytest.fixture
async def visitor(cluster: Cluster, image: str, place: str) -> str:
    """The namespace, in which `visitor` runs beside `shop` and its Service."""
    pods = [objects.pod(place, name, image, port=8080) for name in ("shop", "visitor")]
    await cluster.kubectl.apply(*pods, objects.service(place, "shop", 8080))
    await pods_ready(cluster, place)
    await service_answers(cluster, place, "visitor", "http://shop/", "shop")
    return place


async def test_a_pod_finds_a_service_by_name(cluster: Cluster, visitor: str) -> None:
    """A front end reaches its back end by the name of the Service, short as well as whole."""
    names = ("shop", f"shop.{visitor}", f"shop.{visitor}.svc.cluster.local")

    assert [await asking.get(cluster, visitor, "visitor", f"http://{name}/") for name in names] == ["shop"] * 3


async def test_a_pod_finds_the_api_server(cluster: Cluster, visitor: str) -> None:
    """A worker that runs in the cluster reaches the API server where its library looks for it."""
    assert await asking.is_open(cluster, visitor, "visitor", "kubernetes.default.svc", 443)


async def test_a_name_that_nobody_has_is_refused_at_once(cluster: Cluster, visitor: str) -> None:
    """A mistake in a name shows as what it is, and not as a network that hangs."""
    answer = await asking.get(cluster, visitor, "visitor", "http://nobody.example/")

    assert answer.startswith("failed:")
    assert "Name or service not known" in answer
