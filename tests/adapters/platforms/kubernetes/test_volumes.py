"""Volumes: what a StatefulSet of a definition keeps on a volume is there after an update, and gone with the preview."""

import uuid
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from domain.errors import PermanentError
from tests.adapters.platforms.kubernetes.asking import CONNECTION, removal, settled
from tests.adapters.platforms.kubernetes.rendered import Workshop, deployed
from tests.adapters.rendering.workshop import needs_programs
from tests.cluster import objects
from tests.cluster.addresses import NODE_NAME
from tests.cluster.commands import output
from tests.contracts.benches_kubernetes import KubernetesBench
from tests.waiting import until

pytestmark = needs_programs

DEFINITION = """
version: 1
services:
  web: {image: "registry.localhost:5000/acme/shop:{commit}", public: true, health: /}
manifests:
  files: [deploy]
  values: {HOST: "{web.host}", IMAGE: "{web.image}"}
"""
COUNTING = """
import http.server, os, pathlib
kept = pathlib.Path("/data/releases")
kept.open("a").write(os.environ["RELEASE"] + "\\n")
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(kept.read_bytes())
    def log_message(self, *_):
        pass
http.server.ThreadingHTTPServer(("", 8000), Handler).serve_forever()
"""
"""An application that writes down every release of itself, and shows them."""


@dataclass(frozen=True)
class Shelf:
    """A folder of the node that waits for a claim, as an operator without a provisioner prepares it."""

    bench: KubernetesBench
    name: str

    async def volume(self) -> dict[str, Any]:
        """What the cluster says of the volume now."""
        return (await self.bench.cluster.kubectl.get("persistentvolume", self.name))["status"]

    async def claims(self) -> dict[str, str]:
        """The claims of the preview, and whether each has its volume."""
        found = await self.bench.cluster.kubectl.get("persistentvolumeclaims", f"--namespace={self.bench.namespace}")
        return {one["metadata"]["name"]: one["status"]["phase"] for one in found["items"]}


@pytest.fixture
async def shelf(bench: KubernetesBench) -> AsyncGenerator[Shelf]:
    """One volume of a storage class of the test's own."""
    name = f"shelf-{uuid.uuid4().hex[:6]}"
    # Below a folder that is the node's own, and goes with the cluster.
    folder = f"/var/lib/{name}"
    await output(*bench.cluster.inside("mkdir", folder))
    here = {"key": "kubernetes.io/hostname", "operator": "In", "values": [NODE_NAME]}
    await bench.cluster.kubectl.apply(
        {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": name},
            "spec": {
                "capacity": {"storage": "64Mi"},
                "accessModes": ["ReadWriteOnce"],
                "persistentVolumeReclaimPolicy": "Retain",
                "storageClassName": name,
                # Unlike a hostPath, this is given to the group of the pod, which is not root.
                "local": {"path": folder},
                "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [here]}]}},
            },
        }
    )
    try:
        yield Shelf(bench, name)
    finally:
        await bench.cluster.kubectl("delete", "persistentvolume", name, "--wait=false")


async def test_what_a_stateful_set_keeps_outlives_an_update_and_ends_with_the_preview(
    shelf: Shelf, open_folder: Path
) -> None:
    """My queue finds its data again after a push, and when the pull request is closed nothing claims a volume."""
    bench, workshop = shelf.bench, Workshop(shelf.bench, open_folder)
    platform = bench.installed("matinee", revisions=workshop.revisions, storage_classes=(shelf.name,))

    for release in ("r1", "r2"):
        request = workshop.request(release, manifests(shelf, release), DEFINITION)
        deployment = await settled(platform, await deployed(platform, request))
    shown = await until(lambda: bench.answer(bench.host), "the application answers")
    claims, volume = await shelf.claims(), await shelf.volume()
    ended = await platform.remove(replace(removal(), entries=deployment.entries))

    assert shown.split() == ["r1", "r2"]
    assert (claims, volume["phase"]) == ({"kept-web-0": "Bound"}, "Bound")
    assert ended == deployment.entries
    assert await shelf.claims() == {}

    async def released() -> bool:
        return (await shelf.volume())["phase"] == "Released"

    await until(released, "the volume is claimed by nobody")


async def test_a_class_that_the_operator_did_not_name_is_refused(shelf: Shelf, open_folder: Path) -> None:
    """Nobody takes storage that is not for previews; who tries is told which classes are."""
    workshop = Workshop(shelf.bench, open_folder)
    request = workshop.request("r1", manifests(shelf, "r1"), DEFINITION)

    with pytest.raises(PermanentError) as told:
        await workshop.platform.deploy(request, CONNECTION)

    assert shelf.name in told.value.message
    assert "(storage)" in told.value.message
    assert (await shelf.volume())["phase"] == "Available"


def manifests(shelf: Shelf, release: str) -> dict[str, bytes]:
    """The files of a repository with a StatefulSet in the usual form, its Services and its route."""
    container = {
        "name": "web",
        "image": "${IMAGE}",
        "command": ["python", "-c", COUNTING],
        "env": [{"name": "RELEASE", "value": release}],
        "volumeMounts": [{"name": "kept", "mountPath": "/data"}],
        "readinessProbe": {"httpGet": {"path": "/", "port": 8000}, "periodSeconds": 1},
        "resources": {"limits": {"cpu": "200m", "memory": "128Mi"}},
    }
    claim = {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": shelf.name,
        "resources": {"requests": {"storage": "64Mi"}},
    }
    labels = {"app": "web"}
    pod = {"terminationGracePeriodSeconds": 1, "securityContext": {"fsGroup": 1000}, "containers": [container]}
    stateful = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "web"},
        "spec": {
            "serviceName": "web",
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
            "volumeClaimTemplates": [{"metadata": {"name": "kept"}, "spec": claim}],
        },
    }
    service = objects.service("", "web", 8000) | {"metadata": {"name": "web"}}
    route = objects.route("", "web", "${HOST}", shelf.bench.cluster.gateway) | {"metadata": {"name": "web"}}
    return {"deploy/all.yaml": yaml.safe_dump_all([stateful, service, route]).encode()}
