"""A preview lives its whole life under the chart's own rights and policies, not as an administrator."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from adapters.platforms.kubernetes.connecting import Access, connected
from adapters.platforms.kubernetes.platform import KubernetesPlatform
from domain.definitions import Resources, Service, ServiceUrl
from domain.errors import NotYet
from domain.manifests.networks import Network
from domain.manifests.rules import Gateway
from domain.names import Key
from domain.pulls import Revision
from domain.requests import DeployRequest, RunRequest, ServiceRequest
from domain.resources import Connection, DatabaseRef, Deployment, Entry, Image, Removal
from tests.cluster import bases, images
from tests.cluster.addresses import BRIDGE, NODE
from tests.cluster.asking import SERVER
from tests.cluster.described import Cluster
from tests.deploy.installing import Installed
from tests.waiting import until

pytestmark = [pytest.mark.cluster, pytest.mark.server, pytest.mark.slow]

KEY, LABEL = Key("acme/shop", 7), "shop-7"
DATABASE = DatabaseRef(instance="main", name="pr_shop_7", label=LABEL, generation=1)
CONNECTION = Connection(url="postgres://pr_shop_7:hush@10.2.0.5/pr_shop_7")


@pytest.fixture
async def image(cluster: Cluster) -> str:
    """An image with Python, by digest, that answers every request with the name of its pod."""
    made = await asyncio.to_thread(bases.python, command=("python", "-c", SERVER))
    return await images.push(made, cluster.registry, "python")


@pytest.fixture
async def platform(cluster: Cluster, installed: Installed, tmp_path: Path) -> AsyncGenerator[KubernetesPlatform]:
    """The platform, asking with the token of the chart's own worker."""
    kubeconfig = await installed.kubeconfig(cluster.kubeconfig, tmp_path)
    namespace, _, gateway = cluster.gateway.partition("/")
    rules = replace(
        installed.rules(""),
        gateway=Gateway(namespace=namespace, name=gateway),
        ingress=None,
        pool=None,
        registries=(),
        pull_secrets=(),
        entrances=(Network(f"{BRIDGE}/32"), Network(f"{NODE}/32")),
    )
    async with connected(Access(kubeconfig=kubeconfig)) as api:
        yield KubernetesPlatform(
            instance="local",
            api=api,
            rules=rules,
            now=lambda: datetime.now(UTC),
            prefix=f"{installed.name}-p-",
            url=f"http://{{label}}.{cluster.domain}",
        )


def deploying(cluster: Cluster, host: str, image: str, release: str) -> DeployRequest:
    """The wish to deploy one public service."""
    service = Service(
        name="web", command=("python", "-c", SERVER), port=8080, public=True, resources=Resources(cpu=0.2)
    )
    web = ServiceRequest(
        service=service,
        image=Image(service="web", reference=image, digest=image.partition("@")[2]),
        environment={"RELEASE": release},
        url=ServiceUrl("web", f"http://{host}:{cluster.http}"),
    )
    return DeployRequest(
        key=KEY,
        label=LABEL,
        instance="local",
        revision=Revision(commit="c0ffee", pushed_at=datetime(2026, 1, 1, tzinfo=UTC)),
        release=release,
        services=(web,),
        database=DATABASE,
        variable="DATABASE_URL",
        flags={"new-checkout": "true"},
        generation=1,
    )


def migrating(image: str) -> RunRequest:
    """The wish to run a command once."""
    return RunRequest(
        key=KEY,
        label=LABEL,
        instance="local",
        token="migrate:r1",
        image=Image(service="web", reference=image, digest=image.partition("@")[2]),
        command=("python", "-c", "import os; print(os.environ['DATABASE_URL'] != '')"),
        environment={},
        resources=Resources(cpu=0.2),
        database=DATABASE,
        variable="DATABASE_URL",
        deadline=datetime.now(UTC) + timedelta(minutes=3),
        generation=1,
    )


async def test_a_preview_lives_its_whole_life(
    cluster: Cluster, platform: KubernetesPlatform, image: str, installed: Installed
) -> None:
    """It migrates, comes up, answers through the Gateway, is updated and is gone, and nothing of it is refused."""
    host = f"{installed.name}-{LABEL}.{cluster.domain}"
    ran = await platform.run(migrating(image), CONNECTION, lambda: None)
    assert (ran.exit_code, ran.log.strip()) == (0, "True")

    entries: tuple[Entry, ...] = ()
    for release in ("r1", "r2"):
        deployment = await platform.deploy(deploying(cluster, host, image, release), CONNECTION)
        entries = deployment.entries
        await until(lambda deployment=deployment: settled(platform, deployment), f"{release} is healthy", seconds=60)
        await until(lambda: answered(cluster, host), f"{host} answers")

    removal = Removal(key=KEY, label=LABEL, port="platform", instance="local", generation=2, entries=entries)
    assert await platform.remove(removal) == entries
    assert [one for one in await platform.list() if one.label == LABEL] == []


async def settled(platform: KubernetesPlatform, deployment: Deployment) -> bool:
    """Whether it is healthy, and those before it are gone."""
    try:
        await platform.settle(deployment)
    except NotYet:
        return False
    return True


async def answered(cluster: Cluster, host: str) -> bool:
    """Whether a visitor of this host is answered by a pod."""
    async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
        answer = await client.get(f"http://127.0.0.1:{cluster.http}/", headers={"Host": host})
    return answer.is_success
