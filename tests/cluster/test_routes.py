"""Requests from outside come to pods of the test cluster, by the Gateway and by an Ingress, over HTTPS too."""

import ssl

import httpx
import pytest

from tests.cluster import objects
from tests.cluster.described import Cluster
from tests.cluster.waiting import pods_ready
from tests.waiting import until

pytestmark = [pytest.mark.cluster, pytest.mark.server, pytest.mark.slow]


@pytest.fixture
async def shop(cluster: Cluster, image: str, place: str) -> str:
    """The namespace of a preview, in which the Service `shop` answers."""
    await cluster.kubectl.apply(objects.namespace(place, **{"matinee.dev/preview": "true"}))
    await cluster.kubectl.apply(objects.pod(place, "shop", image, port=8080), objects.service(place, "shop", 8080))
    await pods_ready(cluster, place)
    return place


async def test_an_http_route_serves_a_preview(cluster: Cluster, shop: str) -> None:
    """A preview's host answers over HTTP, and over HTTPS under the one certificate of all previews."""
    host = f"{shop}.{cluster.domain}"
    await cluster.kubectl.apply(objects.route(shop, "shop", host, cluster.gateway))

    assert await served(cluster, host) == ["shop", "shop"]


async def test_an_ingress_serves_a_preview(cluster: Cluster, shop: str) -> None:
    """A cluster without the Gateway API serves a preview the same, without a certificate's key in its namespace."""
    host = f"{shop}.{cluster.domain}"
    await cluster.kubectl.apply(objects.ingress(shop, "shop", host, "traefik"))

    assert await served(cluster, host) == ["shop", "shop"]


async def test_a_route_from_elsewhere_is_not_taken(cluster: Cluster, shop: str) -> None:
    """A namespace that is no preview cannot put itself behind a preview's host."""
    host = f"{shop}.{cluster.domain}"
    await cluster.kubectl.apply(objects.namespace(shop))
    await cluster.kubectl("label", "namespace", shop, "matinee.dev/preview-")
    await cluster.kubectl.apply(objects.route(shop, "shop", host, cluster.gateway))

    async def refused() -> bool:
        route = await cluster.kubectl.get("--namespace", shop, "httproute", "shop")
        reasons = [
            one["reason"] for parent in route.get("status", {}).get("parents", []) for one in parent["conditions"]
        ]
        return "NotAllowedByListeners" in reasons

    await until(refused, "the route is refused")
    assert (await ask(cluster, host, https=False)).status_code == httpx.codes.NOT_FOUND


async def served(cluster: Cluster, host: str) -> list[str]:
    """What the host answers over HTTP and over HTTPS, once it does."""

    async def answers() -> list[str] | None:
        both = [await ask(cluster, host, https=https) for https in (False, True)]
        return [one.text for one in both] if all(one.is_success for one in both) else None

    return await until(answers, f"{host} answers")


async def ask(cluster: Cluster, host: str, *, https: bool) -> httpx.Response:
    """What the host answers to this machine, which finds no `*.localhost` by itself."""
    url = f"https://127.0.0.1:{cluster.https}/" if https else f"http://127.0.0.1:{cluster.http}/"
    trust = ssl.create_default_context(cafile=str(cluster.authority))
    async with httpx.AsyncClient(trust_env=False, verify=trust) as client:
        return await client.get(url, headers={"Host": host}, extensions={"sni_hostname": host})
