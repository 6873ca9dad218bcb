"""Front ends find their preview's URLs at its own hosts, through a Gateway and through an Ingress."""

from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest

from domain.manifests.rules import IngressClass, Receiver
from domain.manifests.siblings import PATH
from tests.adapters.platforms.kubernetes.asking import CONNECTION, deploying, removal, service, settled
from tests.cluster import objects
from tests.contracts.benches_kubernetes import SYSTEM, KubernetesBench
from tests.waiting import until

pytestmark = [pytest.mark.cluster, pytest.mark.server, pytest.mark.slow]

RECEIVER = Receiver(namespace=SYSTEM, name="receiver", port=80)
WAYS: dict[str, dict[str, Any]] = {"gateway": {}, "ingress": {"gateway": None, "ingress": IngressClass(name="traefik")}}


@pytest.fixture
async def receiver(bench: KubernetesBench) -> AsyncGenerator[None]:
    """Somebody who answers in the place of Matinee's receiver; what that says has tests of its own."""
    pod = objects.pod(SYSTEM, "receiver", bench.reference, port=8000)
    pod["spec"]["containers"][0]["env"] = [
        {"name": "PORT", "value": "8000"},
        {"name": "GREETING", "value": "the receiver"},
    ]
    await bench.cluster.kubectl.apply(pod, objects.service(SYSTEM, "receiver", 8000))
    yield
    await bench.cluster.kubectl("delete", "pod,service", "receiver", f"--namespace={SYSTEM}", "--wait=false")


@pytest.mark.usefixtures("receiver")
@pytest.mark.parametrize("way", WAYS)
async def test_one_path_of_a_preview_leads_to_the_receiver(bench: KubernetesBench, way: str) -> None:
    """The rest stays the application's; with the preview the path goes too."""
    platform = bench.installed("matinee", receiver=RECEIVER, **WAYS[way])
    await settled(platform, await platform.deploy(deploying("r1", service(bench)), CONNECTION))

    async def told() -> bool:
        return await bench.answer(bench.host, PATH) == "the receiver"

    await until(told, "the receiver is asked")
    for path in ("/", "/.matinee", f"{PATH}/more"):
        assert await bench.answer(bench.host, path) == "hello from r1", path
    await platform.remove(removal())

    async def gone() -> bool:
        return await bench.answer(bench.host, PATH) is None

    await until(gone, "nobody answers")
    assert await _routes(bench) == []


@pytest.mark.usefixtures("receiver")
async def test_search_engines_are_kept_out_of_all_that_a_preview_answers(bench: KubernetesBench) -> None:
    """Neither the application's pages nor our document are found by somebody who searches."""
    platform = bench.installed("matinee", receiver=RECEIVER)
    await settled(platform, await platform.deploy(deploying("r1", service(bench)), CONNECTION))

    async def told() -> bool:
        return await bench.answer(bench.host, PATH) == "the receiver"

    await until(told, "the receiver is asked")
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{bench.cluster.http}", trust_env=False) as client:
        answers = [await client.get(path, headers={"Host": bench.host}) for path in ("/", PATH)]
    assert [answer.headers["X-Robots-Tag"] for answer in answers] == ["noindex", "noindex"]


@pytest.mark.usefixtures("receiver")
async def test_the_route_goes_with_the_namespace_even_if_nobody_removes_it(bench: KubernetesBench) -> None:
    """A worker that is killed between the two leaves nothing beside Matinee."""
    platform = bench.installed("matinee", receiver=RECEIVER)
    await platform.deploy(deploying("r1", service(bench)), CONNECTION)
    before = await _routes(bench)

    await bench.cluster.kubectl("delete", "namespace", bench.namespace, "--wait=false")

    async def gone() -> bool:
        return await _routes(bench) == []

    await until(gone, "the route is gone", seconds=60)
    assert before == [bench.namespace]


async def _routes(bench: KubernetesBench) -> list[str]:
    found = await bench.cluster.kubectl.get("httproutes,ingresses", f"--namespace={SYSTEM}")
    return [one["metadata"]["name"] for one in found["items"] if one["metadata"]["name"].startswith(bench.prefix)]
