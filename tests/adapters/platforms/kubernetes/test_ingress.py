"""Manifests of strangers, reached through an Ingress: search engines are kept out of them, whatever they say."""

import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
import yaml

from adapters.platforms.kubernetes.platform import KubernetesPlatform
from domain.errors import PermanentError
from domain.phases import Reason
from tests.adapters.platforms.kubernetes.asking import CONNECTION, settled
from tests.adapters.platforms.kubernetes.rendered import Workshop, deployed
from tests.adapters.platforms.kubernetes.unlisting import INGRESS, robots, unlisted
from tests.cluster import objects
from tests.contracts.benches_kubernetes import SERVER, KubernetesBench
from tests.waiting import until

pytestmark = [pytest.mark.cluster(needs="helm"), pytest.mark.server, pytest.mark.slow]

DEFINITION = """
version: 1
services:
  web: {image: "registry.localhost:5000/acme/shop:{commit}", public: true, health: /}
manifests:
  files: [deploy]
  values: {HOST: "{web.host}", IMAGE: "{web.image}"}
"""
INVITING = SERVER.replace("self.end_headers()", 'self.send_header("X-Robots-Tag", "all"); self.end_headers()')
"""An application that wants to be found."""

ORDER = "traefik.ingress.kubernetes.io/router.middlewares"
MIDDLEWARE: dict[str, Any] = {
    "apiVersion": "traefik.io/v1alpha1",
    "kind": "Middleware",
    "metadata": {"name": "found"},
    "spec": {"headers": {"customResponseHeaders": {"X-Robots-Tag": "all"}}},
}


@pytest.fixture
async def workshop(bench: KubernetesBench, open_folder: Path) -> AsyncGenerator[Workshop]:
    """A stranger's repository, on a cluster whose Traefik has the header of the chart."""
    async with unlisted(bench, open_folder / "helm"):
        yield Workshop(bench, open_folder)


@pytest.fixture
def platform(workshop: Workshop) -> KubernetesPlatform:
    """The platform, whose previews are reached through Ingresses of Traefik."""
    return workshop.bench.installed("matinee", revisions=workshop.revisions, gateway=None, ingress=INGRESS)


async def test_search_engines_are_kept_out_of_what_a_stranger_wrote(
    workshop: Workshop, platform: KubernetesPlatform
) -> None:
    """Neither an application that asks to be found, nor a second Ingress of one path, is."""
    bench = workshop.bench
    request = workshop.request("r1", manifests(ingress("page"), ingress("more", path="/more")), DEFINITION)
    await settled(platform, await deployed(platform, request))

    async def answered() -> list[str | None] | None:
        found = [await robots(bench, path) for path in ("/", "/more")]
        return found if all(found) else None

    assert await until(answered, "both paths are answered") == ["noindex", "noindex"]


@pytest.mark.parametrize(
    "order",
    ["test-matinee-found@kubernetescrd", "", "test-matinee-noindex@file"],
    ids=["another header", "none", "another provider"],
)
async def test_a_stranger_orders_no_other_header(workshop: Workshop, platform: KubernetesPlatform, order: str) -> None:
    """Who writes the controller's annotation otherwise is told so, and nothing is made."""
    await refused(workshop, platform, manifests(ingress("page", annotations={ORDER: order})), ORDER)


async def test_a_stranger_brings_no_header(workshop: Workshop, platform: KubernetesPlatform) -> None:
    """A Middleware of one's own, which an Ingress could name, is of no kind that previews have."""
    await refused(workshop, platform, manifests(ingress("page"), MIDDLEWARE), "Middleware")


async def refused(workshop: Workshop, platform: KubernetesPlatform, files: dict[str, bytes], words: str) -> None:
    """The definition's author reads these words, and there is no preview."""
    with pytest.raises(PermanentError) as told:
        await platform.deploy(workshop.request("r1", files, DEFINITION), CONNECTION)

    assert told.value.reason is Reason.PLATFORM_REFUSED
    assert words in told.value.message
    found = await workshop.bench.cluster.kubectl.get("namespaces")
    assert workshop.bench.namespace not in {one["metadata"]["name"] for one in found["items"]}


def manifests(*others: dict[str, Any]) -> dict[str, bytes]:
    """The files of a repository with the application and these objects."""
    container = {
        "name": "web",
        "image": "${IMAGE}",
        "command": ["python", "-c", INVITING],
        "env": [{"name": "PORT", "value": "8000"}],
        "readinessProbe": {"httpGet": {"path": "/", "port": 8000}, "periodSeconds": 1},
        "resources": {"limits": {"cpu": "200m", "memory": "128Mi"}},
    }
    labels = {"app": "web"}
    pod = {"terminationGracePeriodSeconds": 1, "containers": [container]}
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}},
    }
    service = objects.service("", "web", 8000) | {"metadata": {"name": "web"}}
    return {"deploy/all.yaml": yaml.safe_dump_all([deployment, service, *others]).encode()}


def ingress(name: str, *, path: str = "/", annotations: dict[str, str] | None = None) -> dict[str, Any]:
    """An Ingress of the preview's host, from this path on."""
    whole = objects.ingress("", "web", "${HOST}", INGRESS.name)
    written = json.loads(json.dumps(whole).replace('"path": "/"', f'"path": "{path}"'))
    return written | {"metadata": {"name": name, "annotations": annotations or {}}}
