"""Stages: a whole Matinee whose previews run on the test cluster, under the rights that the chart gives its worker.

The worker is the command that operators run. It works in the cluster's own network, where PostgreSQL and Temporal,
which run beside the cluster, have for it the address that they have for pods.
"""

import json
import os
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from temporalio.client import Client

from composition import git_forge
from domain.names import Key, label_of, workflow_id
from embedded.installations import UP_FILE
from embedded.postgres import Postgres
from embedded.processes import Program, running
from settings import Settings, load
from tests import servers
from tests.cluster.addresses import BRIDGE, NODE
from tests.cluster.commands import found
from tests.cluster.described import Cluster
from tests.deploy import installing
from tests.deploy.installing import Installed
from tests.endtoend.processes import ROOT
from tests.endtoend.repositories import Repository
from tests.whole.listing import names_of

RING = "first:" + "5e" * 32
_MODULE = (sys.executable, "-P", "-m", "starter.commands")


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Where everything of one installation is."""

    cluster: Cluster
    installed: Installed
    postgres: Postgres
    client: Client
    data: Path
    repository: str

    @property
    def key(self) -> Key:
        """The first pull request of its one repository."""
        return Key(f"local/{self.repository}", 1)

    @property
    def label(self) -> str:
        """The label of that."""
        return label_of(self.key, home="local")

    @property
    def prefix(self) -> str:
        """How the namespaces of its previews begin."""
        return f"{self.installed.name}-p-"

    @property
    def namespace(self) -> str:
        """The namespace of that preview."""
        return f"{self.prefix}{self.label}"

    @property
    def settings(self) -> Settings:
        """What a command on this machine reads."""
        return load(self.data)

    async def receipt(self) -> list[str]:
        """All that the preview had made and has verified gone, once its workflow has ended."""
        return await self.client.get_workflow_handle(workflow_id(self.key), result_type=list[str]).result()

    async def began(self, activity: str) -> float:
        """The instant at which the preview's workflow first asked for this activity, as Temporal's clock has it."""
        history = await self.client.get_workflow_handle(workflow_id(self.key)).fetch_history()
        for event in history.events:
            if event.activity_task_scheduled_event_attributes.activity_type.name == activity:
                return event.event_time.ToMilliseconds() / 1000
        raise AssertionError(f"{self.key} never asked for {activity}")

    async def connect(self, repository: Repository) -> None:
        """The local forge is the repository's remote `matinee`, and has its branch `main`."""
        remote = await git_forge(self.settings).create(f"local/{repository.folder.name}")
        for arguments in (("remote", "add", "matinee", str(remote)), ("push", "matinee", "main")):
            done = await repository.git(*arguments)
            assert done.code == 0, done.text

    async def names(self) -> set[str]:
        """Every database and role of the server."""
        return await names_of(self.postgres)


@asynccontextmanager
async def stage(
    cluster: Cluster, postgres: Postgres, *, repository: str, entrance: Mapping[str, str]
) -> AsyncGenerator[Stage]:
    """An installation that works inside the block; `entrance` is the setting by which its previews are reached.

    The way out to PostgreSQL, which all installations of a run share, is open already.
    Installations that share a PostgreSQL need repositories of other names, since databases are called by these.
    """
    with servers.open_folder() as folder:
        data = folder / "data"
        data.mkdir(mode=0o755)
        previews = {"domain": cluster.domain, "ingress": {"className": "traefik", "controller": "traefik"}}
        async with (
            servers.temporal_server() as temporal,
            installing.installed(cluster, folder / "helm", previews=previews) as installed,
        ):
            target = temporal.client.service_client.config.target_host
            one = Stage(
                cluster=cluster,
                installed=installed,
                postgres=postgres,
                client=temporal.client,
                data=data,
                repository=repository,
            )
            kubeconfig = await installed.kubeconfig(cluster.kubeconfig, folder)
            written = _settings(one, target) | {"platforms": {"cluster": _platform(one, kubeconfig, entrance)}}
            (data / UP_FILE).write_text(json.dumps(written))
            async with _worker(one, int(target.rpartition(":")[2])):
                yield one


def _settings(one: Stage, temporal: str) -> dict[str, Any]:
    """What commands on this machine need to know."""
    cluster, postgres = one.cluster, one.postgres
    database = {"host": postgres.host, "port": postgres.port, "password": postgres.password}
    return {
        "installation": one.installed.name,
        "url": f"https://{{label}}.{cluster.domain}:{cluster.https}",
        "authorities": str(cluster.authority),
        "key_ring": RING,
        "temporal": {"address": temporal},
        "forges": {"local": {"kind": "git"}},
        "images": {"registry": {"kind": "registry", "insecure": [cluster.registry]}},
        "image_store": "registry",
        "databases": {"main": database},
        "platform": "cluster",
    }


def _platform(one: Stage, kubeconfig: Path, entrance: Mapping[str, str]) -> dict[str, Any]:
    """What the chart would set for its own worker."""
    return {
        "kind": "kubernetes",
        "kubeconfig": str(kubeconfig),
        "prefix": one.prefix,
        "system": one.installed.name,
        "entrances": [f"{BRIDGE}/32", f"{NODE}/32"],
        "priority_class": f"{one.installed.name}-preview",
        "registries": [one.cluster.registry],
        **entrance,
    }


@asynccontextmanager
async def _worker(one: Stage, temporal: int) -> AsyncGenerator[None]:
    """`matinee worker` works inside the block, in the cluster's network."""
    folder = one.data.parent / "worker"
    folder.mkdir()
    enter = (found("nsenter"), "--target", str(one.cluster.first), "--net", "--")
    async with one.cluster.way_out(temporal, folder) as address:
        program = Program(
            name="Worker",
            command=(*enter, *_MODULE, "worker", "--data", str(one.data), "--ready-file", str(folder / "ready")),
            folder=folder,
            cure="It is a bug.",
            environment={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(ROOT),
                "HOME": str(folder),
                "MATINEE_TEMPORAL__ADDRESS": address,
                "MATINEE_DATABASES__MAIN__HOST": NODE,
            },
        )

        async def ready() -> bool:
            return (folder / "ready").exists()

        async with running(program, ready):
            yield
