"""Front ends find their preview's URLs at its own hosts, through a Gateway and through an Ingress."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from domain.manifests.rules import IngressClass, Receiver
from domain.manifests.siblings import PATH
from tests.adapters.platforms.kubernetes.asking import CONNECTION, deploying, removal, service, settled
from tests.adapters.platforms.kubernetes.unlisting import INGRESS, robots, unlisted
from tests.cluster import objects
from tests.contracts.benches_kubernetes import SYSTEM, KubernetesBench
from tests.waiting import until

pytestmark = [pytest.mark.cluster(needs="helm"), pytest.mark.server, pytest.mark.slow]

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


@pytest.fixture
async def noindex(bench: KubernetesBench, tmp_path: Path) -> AsyncGenerator[None]:
    """The header that the chart brings for Ingresses."""
    async with unlisted(bench, tmp_path / "helm"):
        yield


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


@pytest.mark.usefixtures("receiver", "noindex")
@pytest.mark.parametrize("way", [{}, {"gateway": None, "ingress": INGRESS}], ids=["gateway", "ingress"])
async def test_search_engines_are_kept_out_of_all_that_a_preview_answers(
    bench: KubernetesBench, way: dict[str, Any]
) -> None:
    """Neither the application's pages nor our document are found by somebody who searches."""
    platform = bench.installed("matinee", receiver=RECEIVER, **way)
    await settled(platform, await platform.deploy(deploying("r1", service(bench)), CONNECTION))

    async def told() -> bool:
        return await bench.answer(bench.host, PATH) == "the receiver"

    await until(told, "the receiver is asked")
    assert [await robots(bench, path) for path in ("/", PATH)] == ["noindex", "noindex"]


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
