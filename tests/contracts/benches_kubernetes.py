"""The bench of the Kubernetes platform: a real cluster, asked with no more rights than the worker needs."""

import asyncio
import uuid
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from adapters.platforms.kubernetes import rights
from adapters.platforms.kubernetes.connecting import Access, connected
from adapters.platforms.kubernetes.platform import KubernetesPlatform
from adapters.platforms.kubernetes.releasing import Revisions
from adapters.platforms.kubernetes.requesting import Api
from domain.manifests.networks import Network
from domain.manifests.rules import Gateway, Rules
from domain.manifests.supplies import Supplies
from domain.names import Key
from domain.ports import Platform
from domain.resources import Image
from tests.cluster import bases, images, objects
from tests.cluster.addresses import BRIDGE, NODE
from tests.cluster.described import Cluster
from tests.contracts.platform_bench import Commands, PlatformBench
from tests.servers import open_folder

SERVER = """
import http.server, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        body = os.environ.get("GREETING", "").encode()
        if self.path == "/flags":
            body = open(os.environ["FLAGD_OFFLINE_FLAG_SOURCE_PATH"], "rb").read()
        self.send_response(503 if "unwell" in sys.argv else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
print("listening", flush=True)
print(os.environ.get("DATABASE_URL", ""), flush=True)
http.server.ThreadingHTTPServer(("", int(os.environ["PORT"])), Handler).serve_forever()
"""
_ENDLESS = (
    "import subprocess, sys; print('waiting', flush=True); "
    "subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()']).wait()"
)
COMMANDS = Commands(
    answering=("python", "-c", SERVER),
    unwell=("python", "-c", SERVER, "unwell"),
    failing=("python", "-c", "import sys; print('cannot find the moon', flush=True); sys.exit(3)"),
    fortune=("python", "-c", "import os; print(os.urandom(8).hex())"),
    endless=("python", "-c", _ENDLESS),
    telling=("python", "-c", "import os; print(os.environ['DATABASE_URL'])"),
)
WORKER, PREVIEW, WITHIN = "test-matinee", "test-matinee-preview", "test-matinee-worker"
"""The worker's account and role, the deployer's role, and the worker's role inside previews."""

SYSTEM = "test-matinee"
"""The namespace of the worker's account."""

_RBAC = "rbac.authorization.k8s.io"
_references: dict[str, str] = {}


class KubernetesBench:
    """The Kubernetes platform, in namespaces of its own."""

    commands = COMMANDS

    def __init__(self, cluster: Cluster, api: Api, reference: str) -> None:
        self.cluster = cluster
        self.api = api
        self.prefix = f"t{uuid.uuid4().hex[:6]}-"
        self.namespace = f"{self.prefix}shop-12"
        self.host = f"{self.namespace}.{cluster.domain}"
        self.named = {("namespace", self.namespace), ("workload", f"{self.namespace}/web"), ("route", self.host)}
        self.reference = reference
        self.kubernetes = self.installed("matinee")
        self.platform: Platform = self.kubernetes
        self.other: Platform = self.installed("other")

    def rules(self, installation: str = "matinee", **rest: Any) -> Rules:
        """What holds for every preview of this bench."""
        namespace, _, gateway = self.cluster.gateway.partition("/")
        given: dict[str, Any] = {
            "entrances": (Network(f"{BRIDGE}/32"), Network(f"{NODE}/32")),
            "gateway": Gateway(namespace=namespace, name=gateway),
            "role": PREVIEW,
            "worker_role": WITHIN,
            **rest,
        }
        return Rules(installation=installation, key=Key("", 0), label="", namespace="", hosts=(), **given)

    def installed(
        self,
        installation: str,
        *,
        removal: float = 40.0,
        api: Api | None = None,
        supplies: Supplies | None = None,
        revisions: Revisions | None = None,
        **rest: Any,
    ) -> KubernetesPlatform:
        """The platform of one installation, under these rules, which looks once when it is asked to settle."""
        return KubernetesPlatform(
            instance="local",
            api=api or self.api,
            rules=self.rules(installation, **rest),
            now=lambda: datetime.now(UTC),
            supplies=supplies,
            prefix=self.prefix,
            url=f"http://{self.prefix}{{label}}.{self.cluster.domain}",
            patience=0.0,
            removal=removal,
            revisions=revisions,
        )

    def image(self, service: str) -> Image:
        """One with Python alone."""
        return Image(service=service, reference=self.reference, digest=self.reference.partition("@")[2])

    async def answer(self, host: str, path: str = "/") -> str | None:
        """What a visitor of this host reads through the cluster's gateway."""
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
                answer = await client.get(f"http://127.0.0.1:{self.cluster.http}{path}", headers={"Host": host})
        except httpx.TransportError:
            return None
        return answer.text if answer.is_success else None

    async def end(self) -> None:
        """Nothing of the bench will be left, some seconds after."""
        found = await self.cluster.kubectl.get("namespaces", "--selector=matinee.dev/preview=true")
        names = [one["metadata"]["name"] for one in found["items"]]
        if ours := [name for name in names if name.startswith(self.prefix)]:
            await self.cluster.kubectl("delete", "namespace", "--wait=false", *ours)


@asynccontextmanager
async def opened(cluster: Cluster) -> AsyncGenerator[KubernetesBench]:
    """The platform on this cluster, asked as an account that has the worker's rights and no more."""
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(open_folder())
        kubeconfig = await account(cluster, folder)
        api = await stack.enter_async_context(connected(Access(kubeconfig=kubeconfig)))
        bench = KubernetesBench(cluster, api, await reference(cluster))
        try:
            yield bench
        finally:
            await bench.end()


async def reference(cluster: Cluster) -> str:
    """An image with Python, by digest, made once in a run."""
    if cluster.registry not in _references:
        made = await asyncio.to_thread(bases.python, command=("python", "-c", SERVER))
        _references[cluster.registry] = await images.push(made, cluster.registry, "python")
    return _references[cluster.registry]


async def account(cluster: Cluster, folder: Path) -> Path:
    """The kubeconfig of an account that has the rights of a worker."""
    await cluster.kubectl.apply(*_account())
    token = await cluster.kubectl("create", "token", WORKER, f"--namespace={SYSTEM}", "--duration=4h")
    content = yaml.safe_load(cluster.kubeconfig.read_text())
    content["users"] = [{"name": one["name"], "user": {"token": token.strip()}} for one in content["users"]]
    kubeconfig = folder / "worker.yaml"
    kubeconfig.write_text(yaml.safe_dump(content))
    return kubeconfig


def _account() -> list[dict[str, Any]]:
    subject = {"kind": "ServiceAccount", "name": WORKER, "namespace": SYSTEM}
    return [
        # The Gateway takes routes of namespaces with this label only, and the receiver's stands here.
        objects.namespace(SYSTEM, **{"matinee.dev/preview": "true"}),
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": WORKER, "namespace": SYSTEM}},
        _role(WORKER, rights.of_worker((PREVIEW, WITHIN))),
        _role(PREVIEW, rights.DEPLOYER),
        # Who binds a role it may bind needs none of its rights; but inside previews the worker needs these.
        _role(WITHIN, rights.WITHIN),
        _role(f"{WORKER}-siblings", rights.BESIDE),
        {
            "apiVersion": f"{_RBAC}/v1",
            "kind": "RoleBinding",
            "metadata": {"name": f"{WORKER}-siblings", "namespace": SYSTEM},
            "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": f"{WORKER}-siblings"},
            "subjects": [subject],
        },
        {
            "apiVersion": f"{_RBAC}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": WORKER},
            "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": WORKER},
            "subjects": [subject],
        },
    ]


def _role(name: str, given: tuple[rights.Right, ...]) -> dict[str, Any]:
    rules = [right.rule() for right in given]
    return {"apiVersion": f"{_RBAC}/v1", "kind": "ClusterRole", "metadata": {"name": name}, "rules": rules}


@asynccontextmanager
async def _open(cluster: Cluster) -> AsyncGenerator[PlatformBench]:
    async with opened(cluster) as bench:
        yield bench


PLATFORM_MARKS = (pytest.mark.cluster, pytest.mark.server, pytest.mark.slow)
"""A cluster takes its time, and need not be there."""

PLATFORM_SERVERS = {"kubernetes": "cluster"}
"""The fixture whose server the bench of this name is opened on."""

PLATFORM_BENCHES: dict[str, Any] = {"kubernetes": _open}
"""What tests/contracts/test_platforms.py runs over."""
