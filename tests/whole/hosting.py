"""Hosting: Matinee as operators install it, from its own image by the chart, with a GitHub of the tests as its forge.

What is beside the cluster, PostgreSQL and Temporal and GitHub and the registry, has for pods the node's address.
"""

import base64
import json
import ssl
import tempfile
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml
from temporalio.client import Client

from domain.errors import TemporaryError
from domain.messages import Status
from domain.names import Key, label_of
from domain.phases import Phase
from embedded.postgres import Postgres
from starter.following import exists, status_of
from tests import servers
from tests.cluster.addresses import DOMAIN_IN_PODS, NODE
from tests.cluster.described import Cluster
from tests.contracts.benches_github import app_keys
from tests.deploy import installing
from tests.deploy.charts import merged
from tests.deploy.installing import Installed
from tests.endtoend.hubs import OWNER, SECRET, served
from tests.fakes.github import FakeGitHub
from tests.fakes.github_clones import Clones
from tests.fakes.github_hooks import Hook
from tests.waiting import until
from tests.whole import planting
from tests.whole.stages import RING
from tests.whole.valuing import AUTHORITY, valued

PATIENCE = 240.0


@dataclass(frozen=True, kw_only=True)
class Hosted:
    """An installation that runs in the cluster, and the GitHub that tells it what happens."""

    cluster: Cluster
    installed: Installed
    client: Client
    github: FakeGitHub
    clones: Clones
    secrets: Mapping[str, str]
    """What the operator keeps to itself, by what it is."""

    @property
    def private(self) -> str:
        """The same images, for who has the password."""
        return self.cluster.private_registry.replace("127.0.0.1", NODE)

    @property
    def registry(self) -> str:
        """Where pods, and so Matinee, find the images that are pushed to the cluster's registry."""
        return self.cluster.registry.replace("127.0.0.1", NODE)

    def url(self, key: Key, service: str = "") -> str:
        """Where a service of this preview is, from outside; the primary one unless it is named."""
        label = label_of(key, home=OWNER)
        return f"https://{label}{service and f'-{service}'}.{DOMAIN_IN_PODS}:{self.cluster.https}"

    async def status(self, key: Key) -> Status | None:
        """What the preview says of itself; None while nobody answers for it."""
        if not await exists(self.client, key):
            return None
        try:
            return await status_of(self.client, key)
        except TemporaryError:
            return None

    async def reached(self, key: Key, *phases: Phase) -> Status:
        """The preview's status, once it is in one of these phases; AssertionError if it fails before."""

        async def look() -> Status | None:
            status = await self.status(key)
            assert status is None or status.phase is not Phase.FAILED, status
            return status if status and status.phase in phases else None

        return await until(look, f"{key} is {phases}", seconds=PATIENCE, show=lambda: self.status(key))

    async def ready(self, key: Key) -> Status:
        """The same, once it shows the head that the pull request has now."""

        async def look() -> Status | None:
            status = await self.reached(key, *Phase)
            return status if (status.phase, status.live_commit) == (Phase.READY, self.head(key)) else None

        return await until(look, f"{key} shows its head", seconds=PATIENCE, show=lambda: self.status(key))

    async def ended(self, key: Key) -> None:
        """The preview's workflow has ended, and has verified that all is gone."""

        async def look() -> bool:
            return all(each.close_time for each in await self.runs(key))

        await until(look, f"{key} has ended", seconds=PATIENCE, show=lambda: self.status(key))

    async def runs(self, key: Key) -> list[Any]:
        """Every run of a workflow that this preview ever had."""
        query = f"WorkflowId = 'preview:{key.repository}:{key.number}'"
        return [each async for each in self.client.list_workflows(query)]

    async def logs(self) -> dict[str, str]:
        """What the pods of Matinee itself have written, by name."""
        place = f"--namespace={self.installed.name}"
        pods: list[Any] = (await self.cluster.kubectl.get("pods", place))["items"]
        names = [each["metadata"]["name"] for each in pods]
        texts = [await self.cluster.kubectl("logs", place, name, "--all-containers") for name in names]
        return dict(zip(names, texts, strict=True))

    def head(self, key: Key) -> str:
        """The newest commit of the pull request."""
        return self.github.pull(key)[1].head

    async def rolled_out(self, part: str) -> None:
        """The workers or receivers of the chart are those that it wants now, and all others are gone."""
        one = self.installed
        status = ("rollout", "status", f"deployment/{one.name}-{part}", "--timeout=150s")
        await one.kubectl(f"--namespace={one.name}", *status, within=160)


@asynccontextmanager
async def ways_out(cluster: Cluster, postgres: Postgres, folder: Path) -> AsyncGenerator[None]:
    """Inside the block pods reach what all installations of a run share: only one can listen at the node's port."""
    assert cluster.private_registry, "this cluster has no private registry"
    async with AsyncExitStack() as stack:
        for place in (cluster.registry, cluster.private_registry, f":{postgres.port}"):
            await stack.enter_async_context(cluster.way_out(_port(place), folder))
        yield


@asynccontextmanager
async def hosted(cluster: Cluster, postgres: Postgres, digest: str, **others: Any) -> AsyncGenerator[Hosted]:
    """The chart is installed with these other values and runs inside the block, one worker and one receiver.

    The ways out to what installations share are open already.
    """
    private, public = app_keys()
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(servers.open_folder())
        github = FakeGitHub(public_key=public, installations={77: OWNER})
        clones = Clones(github=github, root=folder, api=github.application)
        hub = await stack.enter_async_context(served(clones))
        temporal = await stack.enter_async_context(servers.temporal_server())
        target = temporal.client.service_client.config.target_host
        for place in (target, hub):
            await stack.enter_async_context(cluster.way_out(_port(place), folder))
        values = merged(valued(cluster, postgres, digest, temporal=target, github=hub), others)
        registries = json.dumps({cluster.private_registry.replace("127.0.0.1", NODE): planting.ACCOUNT})
        held = {
            "ring": RING,
            "password": postgres.password,
            "key": private,
            "webhook": SECRET,
            "registries": registries,
        }
        await stack.enter_async_context(planting.templates(cluster, values["templates"]["namespace"]))
        installed = await stack.enter_async_context(
            installing.installed(cluster, folder / "helm", usual={}, held={"matinee": held}, **values)
        )
        one = Hosted(
            cluster=cluster,
            installed=installed,
            client=temporal.client,
            github=github,
            clones=clones,
            secrets=planting.known(held),
        )
        await _trust(one)
        for part in ("worker", "receiver"):
            await one.rolled_out(part)
        if values["certificate"]["create"]:
            ready = ("wait", "certificate", "--all", "--for=condition=Ready", "--timeout=60s")
            await cluster.kubectl(f"--namespace={installed.name}", *ready, within=70)
        sender = await stack.enter_async_context(_administrator(cluster))
        path = f"/api/v1/namespaces/{installed.name}/services/{installed.name}-receiver:http/proxy/webhooks/github"
        github.hooks.append(Hook(url=f"{cluster.server}{path}", secret=SECRET, client=sender))
        yield one


def _port(place: str) -> int:
    """The port of `host:port`, or of a URL that ends with it."""
    return int(place.rpartition(":")[2])


async def _trust(one: Hosted) -> None:
    """The worker finds the authority of the wildcard certificate, for which its pod waits."""
    metadata = {"name": AUTHORITY, "namespace": one.installed.name}
    data = {"ca.crt": one.cluster.authority.read_text()}
    await one.cluster.kubectl.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})


@asynccontextmanager
async def _administrator(cluster: Cluster) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of the API server, by whose way the forge's webhooks come to the receiver's Service."""
    user = yaml.safe_load(cluster.kubeconfig.read_text())
    (server,), (holder,) = (user[name] for name in ("clusters", "users"))
    authority = base64.b64decode(server["cluster"]["certificate-authority-data"]).decode()
    trust = ssl.create_default_context(cadata=authority)
    with tempfile.TemporaryDirectory() as name:
        files = [Path(name, part) for part in ("client-certificate-data", "client-key-data")]
        for file in files:
            file.write_bytes(base64.b64decode(holder["user"][file.name]))
        trust.load_cert_chain(files[0], files[1])
    async with httpx.AsyncClient(verify=trust, trust_env=False) as client:
        yield client
