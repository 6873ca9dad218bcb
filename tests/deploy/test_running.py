"""Matinee's own image runs in a cluster as the chart installs it: without root, without a writable root file system."""

import json
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest
from temporalio.testing import WorkflowEnvironment

from domain.errors import PermanentError
from tests.cluster.described import Cluster
from tests.deploy import installing
from tests.deploy.installing import Installed
from tests.waiting import until

pytestmark = [pytest.mark.cluster, pytest.mark.server, pytest.mark.slow]

SMALL = 200_000_000
"""Bytes that a node pulls, compressed."""

RING = "first:" + "5e" * 32


@pytest.fixture(scope="module")
async def running(
    cluster: Cluster, matinee_image: str, temporal: WorkflowEnvironment, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[Installed]:
    """An installation whose worker and receivers run, with a Temporal of the tests."""
    port = int(temporal.client.service_client.config.target_host.rpartition(":")[2])
    folder = tmp_path_factory.mktemp("running")
    values: dict[str, Any] = {
        "image": {"repository": f"{cluster.registry}/matinee", "digest": matinee_image},
        "secrets": [{"variable": "MATINEE_KEY_RING", "secret": "matinee", "key": "ring", "for": ["worker"]}],
        "worker": {"replicas": 1},
        "metrics": {"enabled": True},
        "receiver": {"replicas": 2},
    }
    async with (
        cluster.way_out(port, folder) as address,
        installing.installed(
            cluster, folder, held={"matinee": {"ring": RING}}, settings={"TEMPORAL_ADDRESS": address}, **values
        ) as one,
    ):
        for name in ("worker", "receiver"):
            await _in(one, "rollout", "status", f"deployment/{one.name}-{name}", "--timeout=120s")
        yield one


async def test_worker_and_receivers_come_up(running: Installed) -> None:
    """Two receivers and a worker are ready, which means that they have found Temporal."""
    path = f"/api/v1/namespaces/{running.name}/services/{running.name}-receiver:http/proxy"
    assert await running.kubectl("get", "--raw", f"{path}/readyz") == "ok\n"

    (receiver,) = [one for one in await _deployments(running) if one["metadata"]["name"].endswith("-receiver")]
    assert receiver["status"]["readyReplicas"] == 2


async def test_receivers_are_drained_one_after_the_other(running: Installed) -> None:
    """A cluster's nodes can be emptied for their update, and all the while a receiver answers the forge."""
    first, second = await _receivers(running)
    await _drainable(running)

    assert await _evicted(running, first) == ""
    assert "violate the pod's disruption budget" in await _evicted(running, second)
    await _in(running, "rollout", "status", f"deployment/{running.name}-receiver", "--timeout=120s")
    await _drainable(running)
    assert await _evicted(running, second) == ""
    await _in(running, "rollout", "status", f"deployment/{running.name}-receiver", "--timeout=120s")


async def test_a_worker_tells_prometheus_what_it_does(running: Installed) -> None:
    """Free slots and latencies of its task queue are there to be collected and alerted on."""
    path = f"/api/v1/namespaces/{running.name}/services/{running.name}-worker:metrics/proxy/metrics"
    told = await running.kubectl("get", "--raw", path)
    for name in ("temporal_worker_task_slots_available", "temporal_num_pollers", "temporal_request_total"):
        assert f"\n{name}{{" in told


async def test_matinee_is_nobody_and_cannot_write_to_its_own_files(running: Installed) -> None:
    """Who broke into the worker would find a user without a name and files that stay as they are."""
    program = "import os; print(os.getuid(), os.access('/opt/matinee/application', os.W_OK), os.access('/', os.W_OK))"
    said = await _in(running, "exec", f"deployment/{running.name}-worker", "--", "python3", "-c", program)
    assert said.split() == ["10001", "False", "False"]


async def test_the_receiver_has_neither_a_token_nor_the_key_ring(running: Installed) -> None:
    """What can be reached from outside knows nothing with which to get further."""
    program = (
        "import os, pathlib; print('MATINEE_KEY_RING' in os.environ, "
        "pathlib.Path('/var/run/secrets/kubernetes.io/serviceaccount/token').exists())"
    )
    said = {
        name: (await _in(running, "exec", f"deployment/{running.name}-{name}", "--", "python3", "-c", program)).split()
        for name in ("worker", "receiver")
    }
    assert said == {"worker": ["True", "True"], "receiver": ["False", "False"]}


async def test_the_image_renders_charts_and_overlays(running: Installed) -> None:
    """What a definition of the kinds helm and kustomize needs is in the image."""
    for program in (["helm", "version"], ["kubectl", "version", "--client"], ["git", "--version"]):
        assert await _in(running, "exec", f"deployment/{running.name}-worker", "--", *program)


async def test_the_image_is_small(cluster: Cluster, matinee_image: str) -> None:
    """A new node begins to work soon: what it pulls is Python, Matinee, helm and kubectl, and no compiler."""
    accepted = {"Accept": "application/vnd.oci.image.manifest.v1+json"}
    async with httpx.AsyncClient(base_url=f"http://{cluster.registry}/v2/matinee", trust_env=False) as client:
        manifest = (await client.get(f"/manifests/{matinee_image}", headers=accepted)).raise_for_status().json()
    sizes = [layer["size"] for layer in manifest["layers"]]

    assert sum(sizes) < SMALL, sizes


async def test_a_worker_that_is_told_to_stop_drains_and_ends_by_itself(running: Installed) -> None:
    """An update of Matinee takes a new worker before it ends the old one, and kills none."""
    worker = f"deployment/{running.name}-worker"
    await _in(running, "rollout", "restart", worker)
    await _in(running, "rollout", "status", worker, "--timeout=120s")

    async def one_left() -> bool:
        label = f"app.kubernetes.io/instance={running.name},app.kubernetes.io/component=worker"
        return (
            len((await running.kubectl.get(f"--namespace={running.name}", "pods", f"--selector={label}"))["items"]) == 1
        )

    await until(one_left, "the old worker is gone", seconds=45)


async def _in(one: Installed, *arguments: str) -> str:
    """What kubectl prints of this in the installation's namespace."""
    return await one.kubectl(f"--namespace={one.name}", *arguments, within=150)


async def _deployments(one: Installed) -> list[dict[str, Any]]:
    return json.loads(await _in(one, "get", "deployments", "--output=json"))["items"]


async def _receivers(installed: Installed) -> list[str]:
    """The pods of the receivers."""
    selector = f"--selector=app.kubernetes.io/instance={installed.name},app.kubernetes.io/component=receiver"
    found = await installed.kubectl.get("pods", f"--namespace={installed.name}", selector)
    return [one["metadata"]["name"] for one in found["items"]]


async def _drainable(installed: Installed) -> None:
    """The budget has counted both receivers, and lets one of them go."""

    async def counted() -> bool:
        budget = await installed.kubectl.get("pdb", f"{installed.name}-receiver", f"--namespace={installed.name}")
        status = budget.get("status", {})
        return (status.get("expectedPods"), status.get("disruptionsAllowed")) == (2, 1)

    await until(counted, "the budget lets one of two receivers go", seconds=60)


async def _evicted(installed: Installed, pod: str) -> str:
    """What the API server has against ending this pod the way `kubectl drain` does; empty if nothing."""
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod, "namespace": installed.name}}
    path = f"/api/v1/namespaces/{installed.name}/pods/{pod}/eviction"
    try:
        await installed.kubectl("create", "--raw", path, "--filename=-", stdin=json.dumps(eviction))
    except PermanentError as error:
        return str(error)
    return ""
