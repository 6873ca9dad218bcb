"""Clusters that are not as others: a kind is unknown, an API is away, nodes are kept for previews.

What is the matter is told, nothing half made is left, and everything can go.
"""

import time
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any

import pytest

from adapters.platforms.kubernetes.connecting import Access, connected
from adapters.platforms.kubernetes.examining import Examining
from domain.errors import PermanentError, TemporaryError
from domain.manifests.rules import Pool, Receiver, Toleration
from domain.phases import Reason
from tests.adapters.platforms.kubernetes.asking import CONNECTION, deploying, removal, service, settled
from tests.cluster import available
from tests.cluster.addresses import NODE_NAME
from tests.cluster.clusters import cluster as own_cluster
from tests.contracts.benches_kubernetes import SYSTEM, KubernetesBench, account, opened
from tests.servers import open_folder
from tests.waiting import until

_OBSTACLE = available.obstacle({})

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.server,
    pytest.mark.slow,
    pytest.mark.skipif(_OBSTACLE is not None, reason=str(_OBSTACLE)),
]

AWAY: dict[str, Any] = {
    "apiVersion": "apiregistration.k8s.io/v1",
    "kind": "APIService",
    "metadata": {"name": "v1.away.example.com"},
    "spec": {
        "group": "away.example.com",
        "version": "v1",
        "groupPriorityMinimum": 1000,
        "versionPriority": 15,
        "insecureSkipTLSVerify": True,
        "service": {"namespace": "default", "name": "away"},
    },
}
"""An API that a server answers which nobody runs, as a metrics server that was not taken away whole."""

ROUTES = "httproutes.gateway.networking.k8s.io"
RECEIVER = Receiver(namespace=SYSTEM, name="receiver", port=80)


@pytest.fixture
async def bench() -> AsyncGenerator[KubernetesBench]:
    """The platform on a cluster of its own, as others need what is changed here."""
    with open_folder() as folder:
        async with own_cluster(folder) as running, opened(running) as bench:
            yield bench


async def test_a_kind_that_the_cluster_does_not_know_is_named_before_anything_is_made(bench: KubernetesBench) -> None:
    """An operator who forgot the Gateway API installs it, and goes on where they were, without a restart."""
    definition = await taken_away(bench)
    platform = bench.installed("matinee", receiver=RECEIVER)

    for _ in range(2):
        with pytest.raises(PermanentError, match=r"knows no HTTPRoute of gateway\.networking") as caught:
            await platform.deploy(deploying("r1", service(bench)), CONNECTION)
        assert caught.value.reason is Reason.PLATFORM_REFUSED
        assert "https://gateway-api.sigs.k8s.io/guides/" in caught.value.message
        assert await platform.list() == ()

    assert any("knows no HTTPRoute" in problem for problem in await problems(bench))
    await bench.cluster.kubectl.apply(definition)
    await until(lambda: known(bench), "the kind is known again")
    await settled(platform, await platform.deploy(deploying("r1", service(bench)), CONNECTION))
    assert await bench.answer(bench.host) == "hello from r1"


async def test_what_runs_can_be_taken_away_when_its_kind_is_gone(bench: KubernetesBench) -> None:
    """A Gateway API that was uninstalled first holds no preview back; a worker that still thinks of it is told."""
    platform = bench.installed("matinee", receiver=RECEIVER)
    await settled(platform, await platform.deploy(deploying("r1", service(bench)), CONNECTION))
    await taken_away(bench)

    with pytest.raises(PermanentError, match="knows no HTTPRoute"):
        await platform.deploy(deploying("r2", service(bench)), CONNECTION)
    await platform.remove(removal())

    assert await platform.list() == ()


async def test_an_api_that_is_away_is_named_as_what_holds_a_removal_up(bench: KubernetesBench) -> None:
    """A metrics server that does not answer keeps Kubernetes from ending any namespace, which is told by its name."""
    platform = bench.installed("matinee", removal=20.0)
    await settled(platform, await platform.deploy(deploying("r1", service(bench)), CONNECTION))
    await bench.cluster.kubectl.apply(AWAY)

    with pytest.raises(TemporaryError, match=r"still there: namespace .*away\.example\.com/v1") as caught:
        await platform.remove(removal())
    await bench.cluster.kubectl("delete", "apiservice", AWAY["metadata"]["name"])

    async def removed() -> bool:
        with suppress(TemporaryError):
            await platform.remove(removal())
            return True
        return False

    assert caught.value.reason is Reason.TEARDOWN_BLOCKED
    await until(removed, "the namespace is gone", seconds=60)


async def test_previews_run_on_the_nodes_that_are_kept_for_them(bench: KubernetesBench) -> None:
    """With the operator's pool a preview runs where nobody else may; without it I am told that there is no place."""
    await bench.cluster.kubectl("label", "node", NODE_NAME, "pool=spot")
    await bench.cluster.kubectl("taint", "node", NODE_NAME, "spot=yes:NoSchedule")
    pool = Pool(selector={"pool": "spot"}, tolerations=(Toleration(key="spot", value="yes"),))
    spot, other = (bench.installed("matinee", pool=one) for one in (pool, None))

    await settled(spot, await spot.deploy(deploying("r1", service(bench)), CONNECTION))
    answer = await bench.answer(bench.host)
    deployment = await other.deploy(deploying("r2", service(bench)), CONNECTION)
    began = time.monotonic()
    with pytest.raises(PermanentError, match="taint") as caught:
        await settled(other, deployment)

    assert answer == "hello from r1"
    assert caught.value.reason is Reason.SERVICE_FAILED
    assert time.monotonic() - began < 30
    assert await bench.answer(bench.host) == "hello from r1"


async def known(bench: KubernetesBench) -> bool:
    """Whether the cluster knows HTTPRoutes."""
    return "httproutes" in await bench.cluster.kubectl("api-resources", "--output=name")


async def taken_away(bench: KubernetesBench) -> dict[str, Any]:
    """The cluster does not know HTTPRoutes any more; returned is what makes it know them."""
    found = await bench.cluster.kubectl.get("customresourcedefinition", ROUTES)
    await bench.cluster.kubectl("delete", "customresourcedefinition", ROUTES)

    async def unknown() -> bool:
        return not await known(bench)

    await until(unknown, "the kind is unknown")
    kept = {name: found["metadata"][name] for name in ("name", "annotations")}
    return {**{name: found[name] for name in ("apiVersion", "kind", "spec")}, "metadata": kept}


async def problems(bench: KubernetesBench) -> tuple[str, ...]:
    """What the doctor says of the cluster, to somebody who looks for the first time."""
    with open_folder() as folder:
        async with connected(Access(kubeconfig=await account(bench.cluster, folder))) as api:
            return await Examining(api=api, rules=bench.rules(), url="http://{label}.example").problems()
