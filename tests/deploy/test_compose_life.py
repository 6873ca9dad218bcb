"""Whoever says `docker compose up` gets previews: what is ours in that file runs here, as it stands there.

No Docker is needed: the scripts run with kubectl and Temporal's own command line, worker and receiver by their command
lines with their variables. Only where the others are, hosts and ports, is said anew.
"""

import json
import os
import re
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
import yaml
from temporalio.testing import WorkflowEnvironment

from composition import composed as composed_ports
from domain.names import Key
from embedded.ports import free_ports
from embedded.postgres import Postgres
from embedded.processes import Program, running
from embedded.programs import beside_python
from settings import Settings
from tests import servers
from tests.cluster import bases, images
from tests.cluster.addresses import BRIDGE, NODE
from tests.cluster.commands import found, output
from tests.cluster.described import Cluster
from tests.deploy.composing import GIVEN, composed
from tests.endtoend.hubs import served
from tests.fakes.github import FakeGitHub
from tests.fakes.github_hooks import Hook
from tests.waiting import until
from tools.kubernetes import building
from tools.setup import ROOT

pytestmark = [pytest.mark.cluster, pytest.mark.server, pytest.mark.slow]

SCRIPTS = ROOT / "deploy" / "compose"
SECRET = "of-the-webhook"
PATIENCE = 150.0
SERVER = """
import http.server, os, socket, urllib.parse
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        address = urllib.parse.urlsplit(os.environ["DATABASE_URL"])
        socket.create_connection((address.hostname, address.port or 5432), 5).close()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"from a preview")
http.server.ThreadingHTTPServer(("", int(os.environ["PORT"])), Handler).serve_forever()
"""


@dataclass(frozen=True, kw_only=True)
class Set:
    """The set as it runs: the forge that it serves, and where its receiver is."""

    cluster: Cluster
    github: FakeGitHub
    receiver: str


@pytest.fixture
async def temporal() -> AsyncGenerator[WorkflowEnvironment]:
    """A server that has not been told of any search attribute."""
    environment = await WorkflowEnvironment.start_local(  # pyright: ignore[reportUnknownMemberType] - a bare type argument of theirs
        dev_server_existing_path=beside_python("temporal")
    )
    async with environment:
        yield environment


@pytest.fixture
async def postgres(open_folder: Path) -> AsyncGenerator[Postgres]:
    """A server as it is after its image has begun: it has a superuser."""
    async with servers.postgres_server(open_folder) as server:
        connection = await asyncpg.connect(server.superuser_url)
        for statement in (
            "DROP DATABASE preview_admin",
            "REVOKE ALL ON DATABASE postgres, template1 FROM matinee",
            "GRANT CONNECT, TEMPORARY ON DATABASE postgres, template1 TO PUBLIC",
            "DROP ROLE matinee",
            "DROP ROLE seed_owner",
        ):
            await connection.execute(statement)
        await connection.close()
        yield server


@pytest.fixture
async def running_set(
    cluster: Cluster, temporal: WorkflowEnvironment, postgres: Postgres, open_folder: Path
) -> AsyncGenerator[Set]:
    """Worker and receiver of the file, on a Temporal, a PostgreSQL and a cluster that its own scripts have prepared."""
    if building.missing("compose"):
        pytest.skip("no Docker Compose here: make programs builds it")
    services = (await composed({**GIVEN, "GITHUB_WEBHOOK_SECRET": SECRET}))["services"]
    github = FakeGitHub(tokens={GIVEN["GITHUB_TOKEN"]: "bot"})
    address = temporal.client.service_client.config.target_host
    async with AsyncExitStack() as stack:
        access = open_folder / "access.yaml"
        await stack.enter_async_context(_prepared_cluster(cluster, services, access))
        await _prepared_temporal(services, address)
        await _prepared_postgres(services, postgres)
        forge = await stack.enter_async_context(served(github.application))
        ports = [int(one.rpartition(":")[2]) for one in (address, forge)] + [postgres.port]
        ways = [await stack.enter_async_context(cluster.way_out(port, open_folder)) for port in ports]
        elsewhere = {
            "TEMPORAL_ADDRESS": ways[0],
            "MATINEE_FORGES__GITHUB__BASE_URL": f"http://{ways[1]}",
            "MATINEE_DATABASES__MAIN__HOST": NODE,
            "MATINEE_DATABASES__MAIN__PORT": str(postgres.port),
            "MATINEE_IMAGES__REGISTRY__INSECURE": json.dumps([cluster.registry]),
            "MATINEE_PLATFORMS__K3S__KUBECONFIG": str(access),
            "MATINEE_PLATFORMS__K3S__ENTRANCES": json.dumps([f"{BRIDGE}/32", f"{NODE}/32"]),
            "MATINEE_URL": f"http://{{label}}.{cluster.domain}:{cluster.http}",
        }
        enter = (found("nsenter"), "--target", str(cluster.first), "--net", "--")
        await stack.enter_async_context(_service(services["worker"], "Worker", open_folder, elsewhere, enter))
        port = free_ports(1)[0]
        here = {"TEMPORAL_ADDRESS": address, "MATINEE_RECEIVER__PORT": str(port)}
        await stack.enter_async_context(_service(services["receiver"], "Receiver", open_folder, here))
        sender = await stack.enter_async_context(httpx.AsyncClient(trust_env=False))
        receiver = f"http://127.0.0.1:{port}"
        github.hooks.append(Hook(url=f"{receiver}/webhooks/github", secret=SECRET, client=sender))
        yield Set(cluster=cluster, github=github, receiver=receiver)


async def test_a_pull_request_lives_and_goes(running_set: Set) -> None:
    """It is opened, its preview answers at its URL and reaches its database; it is closed, and the preview is gone."""
    one = running_set
    registry = one.cluster.registry
    service = {"image": f"{registry}/composed:{{commit}}", "port": 8080, "public": True}
    definition = yaml.safe_dump({"version": 1, "services": {"web": service}, "database": {"kind": "postgres"}})
    repository = one.github.add("acme/shop", {".matinee.yaml": definition.encode()})
    key = await one.github.open(repository, "change", {"README.md": b"Changed."})
    made = bases.python(command=("python", "-c", SERVER))
    await images.push(made, registry, "composed", repository.pulls[key.number].head)

    url = await until(lambda: _offered(one, key), "the preview is ready", seconds=PATIENCE)
    assert (await _asked(one, url)).text == "from a preview"
    async with httpx.AsyncClient(trust_env=False) as client:
        assert f"{key}" in (await client.get(one.receiver)).text

    await one.github.close(key)
    await until(lambda: _told(one, key, "gone"), "the preview is gone", seconds=PATIENCE)
    assert (await _asked(one, url)).status_code == httpx.codes.NOT_FOUND


async def _offered(one: Set, key: Key) -> str | None:
    """The URL in the comment, once it says that the preview is ready."""
    said = "".join(each.body for each in one.github.pull(key)[0].comments)
    assert "### Preview: failed" not in said, said
    match = re.search(r"http://[^\s)>]+\.localhost:\d+", said)
    return match[0] if match and await _told(one, key, "ready") else None


async def _told(one: Set, key: Key, phase: str) -> bool:
    return any(f"### Preview: {phase}\n" in each.body for each in one.github.pull(key)[0].comments)


async def _asked(one: Set, url: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
        return await client.get(f"http://127.0.0.1:{one.cluster.http}/", headers={"Host": httpx.URL(url).host})


@asynccontextmanager
async def _service(
    service: Mapping[str, Any], name: str, folder: Path, elsewhere: Mapping[str, str], enter: tuple[str, ...] = ()
) -> AsyncGenerator[None]:
    """One of ours runs inside the block, as the file says, and is ready by the word of its own health check's file."""
    ready_file = folder / f"{name}.ready"
    command = [str(ready_file) if one == "/tmp/ready" else one for one in service["command"]]  # noqa: S108 - in the container
    own = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(folder), "MATINEE_DATA": str(folder / name)}
    program = Program(
        name=name,
        command=(*enter, sys.executable, "-P", "-m", "starter.commands", *command),
        folder=folder,
        cure="It is a bug.",
        environment={**service["environment"], **own, **elsewhere},
        grace=30.0,
    )

    async def ready() -> bool:
        if port := elsewhere.get("MATINEE_RECEIVER__PORT"):
            return await _answers(f"http://127.0.0.1:{port}/readyz")
        return ready_file.exists()

    async with running(program, ready):
        yield


async def _answers(url: str) -> bool:
    try:
        async with httpx.AsyncClient(trust_env=False) as client:
            return (await client.get(url)).is_success
    except httpx.TransportError:
        return False


async def _prepared_temporal(services: Mapping[str, Any], address: str) -> None:
    """What the set's own script does, which it also does when all is there."""
    path = f"{Path(beside_python('temporal')).parent}:{os.environ['PATH']}"
    environment = {**services["temporal-setup"]["environment"], "TEMPORAL_ADDRESS": address, "PATH": path, "HOME": "/"}
    for _ in range(2):
        await output("/bin/sh", SCRIPTS / "temporal.sh", environment=environment)


async def _prepared_postgres(services: Mapping[str, Any], postgres: Postgres) -> None:
    """The same for the server of previews, after which the doctor misses nothing."""
    own = {"PGHOST": postgres.host, "PGPORT": str(postgres.port), "PGPASSWORD": postgres.superuser_password}
    environment = {**services["postgres"]["environment"], **own, "PATH": os.environ["PATH"], "HOME": "/"}
    await output("/bin/sh", SCRIPTS / "postgres.sh", environment=environment)
    server = {"host": postgres.host, "port": postgres.port, "password": GIVEN["DATABASE_PASSWORD"]}
    settings = Settings.model_validate({"databases": {"main": server}, "key_ring": GIVEN["MATINEE_KEY_RING"]})
    async with composed_ports(settings) as ports:
        assert await ports.databases["main"].list() == ()


@asynccontextmanager
async def _prepared_cluster(cluster: Cluster, services: Mapping[str, Any], access: Path) -> AsyncGenerator[None]:
    """The cluster has the worker's account, rights and policies inside the block, and `access` is its kubeconfig."""
    environment = {
        **services["cluster"]["environment"],
        "KUBECONFIG": str(cluster.kubeconfig),
        "SERVER": cluster.server,
        "ACCESS": str(access),
        "OBJECTS": str(SCRIPTS / "cluster.yaml"),
        "PATH": f"{cluster.kubectl.program.parent}:{os.environ['PATH']}",
    }
    try:
        for _ in range(2):
            await output("/bin/sh", SCRIPTS / "cluster.sh", environment=environment)
        yield
    finally:
        # The namespace is the Gateway's too in the tests' cluster, so it stays.
        made = [one for one in yaml.safe_load_all((SCRIPTS / "cluster.yaml").read_text()) if one["kind"] != "Namespace"]
        for one in made:
            place = [f"--namespace={one['metadata']['namespace']}"] if "namespace" in one["metadata"] else []
            await cluster.kubectl("delete", one["kind"], one["metadata"]["name"], *place, "--ignore-not-found")
