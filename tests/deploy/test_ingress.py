"""The chart where previews are reached through Ingresses of Traefik: it brings the header, and admits no other."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import pytest

from domain.manifests.building import built
from domain.manifests.routing import traefik
from domain.manifests.rules import Rules
from tests.cluster.described import Cluster
from tests.deploy import installing
from tests.deploy.installing import Installed
from tests.deploy.test_beside import faulty_ingresses, siblings
from tests.domain.manifests.requests import WEB, deploy_request

pytestmark = [pytest.mark.cluster(needs="helm"), pytest.mark.server, pytest.mark.slow]

VALUES = {"gateway": {"name": ""}, "ingress": {"className": "traefik", "controller": "traefik"}}


@pytest.fixture(scope="module")
async def through_traefik(
    cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[tuple[Installed, Rules]]:
    """The chart with these values, and the rules of a preview that its worker has made."""
    folder = tmp_path_factory.mktemp("helm")
    async with installing.installed(cluster, folder, previews=VALUES) as one, one.preview("shop-12") as rules:
        yield one, replace(rules, gateway=None, ingress=traefik("traefik", one.name))


async def test_the_header_stands_where_ingresses_of_previews_name_it(
    through_traefik: tuple[Installed, Rules],
) -> None:
    """A Traefik drops a host whose Middleware it does not find: the name is the same in chart and worker."""
    one, rules = through_traefik
    (named,) = ingress_by(rules)["metadata"]["annotations"].values()
    found = await one.kubectl.get("middlewares.traefik.io", f"--namespace={one.name}")

    names = [f"{one.name}-{each['metadata']['name']}@kubernetescrd" for each in found["items"]]
    assert names == [named]
    assert found["items"][0]["spec"] == {"headers": {"customResponseHeaders": {"X-Robots-Tag": "noindex"}}}


async def test_no_ingress_of_a_preview_orders_another_header(through_traefik: tuple[Installed, Rules]) -> None:
    """Admission itself, whatever Matinee were told, refuses what a stranger would order of Traefik."""
    one, rules = through_traefik
    deployer = one.deployer(rules)
    others = ingress_by(replace(rules, ingress=traefik("traefik", "other")))
    own = {
        "apiVersion": "traefik.io/v1alpha1",
        "kind": "Middleware",
        "metadata": {"name": "found", "namespace": rules.namespace, "labels": dict(rules.labels)},
        "spec": {"headers": {"customResponseHeaders": {"X-Robots-Tag": "all"}}},
    }

    assert await deployer.applied(ingress_by(rules)) == ""
    assert "(annotation)" in await deployer.applied(others)
    assert "forbidden" in await deployer.applied(own)


async def test_the_route_to_the_receiver_holds_that_order_alone(through_traefik: tuple[Installed, Rules]) -> None:
    """What the worker makes beside Matinee carries the header too, and no other order to Traefik."""
    one, rules = through_traefik
    route = await siblings(one, rules)

    assert await one.worker.applied(route) == ""
    for fault, changed in faulty_ingresses(route).items():
        assert "(siblings)" in await one.worker.applied(changed), fault


def ingress_by(rules: Rules) -> dict[str, Any]:
    """The Ingress of a service, as Matinee makes it by these rules."""
    return next(one for one in built(deploy_request(WEB), rules) if one["kind"] == "Ingress")
