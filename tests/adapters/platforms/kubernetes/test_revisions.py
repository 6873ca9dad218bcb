"""From one revision to the next: nobody sees an error, and what a revision no longer has is taken away."""

import asyncio
from typing import Any

import httpx
import pytest

from domain.errors import PermanentError
from domain.manifests.networks import Network
from domain.manifests.objects import made
from domain.phases import Reason
from tests.adapters.platforms.kubernetes.asking import CONNECTION, beat, deploying, removal, running, service, settled
from tests.contracts.benches_kubernetes import KubernetesBench
from tests.waiting import until

pytestmark = [pytest.mark.cluster, pytest.mark.server, pytest.mark.slow]


async def names(bench: KubernetesBench, kind: str) -> list[str]:
    """The names of all objects of a kind in the preview."""
    found = await bench.cluster.kubectl.get(kind, f"--namespace={bench.namespace}")
    return sorted(one["metadata"]["name"] for one in found["items"])


async def test_what_a_revision_no_longer_has_goes_once_it_has_settled(bench: KubernetesBench) -> None:
    """A service that was taken out of the definition runs until the new revision does, and then no more."""
    both = deploying("r1", service(bench), service(bench, "api"))
    await settled(bench.kubernetes, await bench.platform.deploy(both, CONNECTION))

    update = await bench.platform.deploy(deploying("r2", service(bench)), CONNECTION)
    before = await names(bench, "deployments")
    await settled(bench.kubernetes, update)

    assert before == ["api", "web"]
    assert await names(bench, "deployments") == ["web"]
    assert await names(bench, "services") == ["web"]
    listed = {resource.entry for resource in await bench.platform.list()}
    assert listed == set(update.entries)


async def test_an_update_is_seen_by_nobody(bench: KubernetesBench) -> None:
    """Whoever clicks through the preview while it is updated reads the old page, then the new one, and no error."""
    await settled(bench.kubernetes, await bench.platform.deploy(deploying("r1", service(bench)), CONNECTION))
    seen: list[str] = []
    stop = asyncio.Event()

    async def clicking() -> None:
        async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
            while not stop.is_set():
                url = f"http://127.0.0.1:{bench.cluster.http}/"
                answer = await client.get(url, headers={"Host": bench.host, "Connection": "close"})
                seen.append(answer.text if answer.is_success else f"{answer.status_code}")
                await asyncio.sleep(0.02)

    clicks = asyncio.create_task(clicking())
    await settled(bench.kubernetes, await bench.platform.deploy(deploying("r2", service(bench)), CONNECTION))

    async def alone() -> bool:
        return len(await names(bench, "pods")) == 1

    await until(alone, "the old pod has ended")
    stop.set()
    await clicks

    assert set(seen) == {"hello from r1", "hello from r2"}
    assert len(seen) > 50
    assert seen[-1] == "hello from r2"


async def test_an_object_that_cannot_be_changed_is_replaced(bench: KubernetesBench) -> None:
    """A Deployment whose selector somebody has changed by hand is made anew, where Kubernetes would refuse to."""
    await settled(bench.kubernetes, await bench.platform.deploy(deploying("r1", service(bench)), CONNECTION))
    place = f"--namespace={bench.namespace}"
    found = await bench.cluster.kubectl.get("deployment", "web", place)
    await bench.cluster.kubectl("delete", "deployment", "web", place)
    await bench.cluster.kubectl.apply(_selecting(found, bench.namespace))

    await settled(bench.kubernetes, await bench.platform.deploy(deploying("r2", service(bench)), CONNECTION))

    assert await bench.answer(bench.host) == "hello from r2"


def _selecting(found: dict[str, Any], namespace: str) -> dict[str, Any]:
    """The same Deployment with another selector."""
    other = made("apps/v1", "Deployment", "web", spec=found["spec"])
    other["metadata"] |= {"namespace": namespace, "labels": found["metadata"]["labels"]}
    other["spec"]["selector"] = {"matchLabels": {"by": "hand"}}
    other["spec"]["template"]["metadata"]["labels"]["by"] = "hand"
    return other


async def test_what_somebody_removed_is_told(bench: KubernetesBench) -> None:
    """A Deployment that was deleted by hand does not leave a rollout waiting for ever."""
    deployment = await bench.platform.deploy(deploying("r1", service(bench)), CONNECTION)
    await bench.cluster.kubectl("delete", "deployment", "web", f"--namespace={bench.namespace}")

    with pytest.raises(PermanentError, match="Deployment web is not there any more") as caught:
        await bench.platform.settle(deployment)

    assert caught.value.reason is Reason.SERVICE_FAILED


async def test_a_namespace_made_anew_is_not_taken_for_the_old_one(bench: KubernetesBench) -> None:
    """A deployment whose namespace was removed and made anew meanwhile is not there, and is not waited for."""
    deployment = await bench.platform.deploy(deploying("r1", service(bench)), CONNECTION)
    await bench.platform.remove(removal())
    await bench.platform.run(running(bench, bench.commands.fortune), CONNECTION, beat)

    with pytest.raises(PermanentError, match="not there"):
        await bench.platform.settle(deployment)


async def test_a_command_leaves_the_running_preview_alone(bench: KubernetesBench) -> None:
    """A migration of the next revision changes neither the hosts nor the release that answers."""
    deployment = await settled(
        bench.kubernetes, await bench.platform.deploy(deploying("r1", service(bench)), CONNECTION)
    )

    result = await bench.platform.run(running(bench, bench.commands.fortune), CONNECTION, beat)

    assert result.exit_code == 0
    assert await bench.answer(bench.host) == "hello from r1"
    assert {resource.entry for resource in await bench.platform.list()} == set(deployment.entries)


async def test_what_the_operator_closes_is_closed_by_the_next_rollout(bench: KubernetesBench) -> None:
    """Egress that was allowed once does not stay open in previews that are older than the change."""
    open_wide = bench.installed("matinee", egress=(Network("0.0.0.0/0"),))
    await open_wide.deploy(deploying("r1", service(bench)), CONNECTION)
    before = await names(bench, "networkpolicies")

    await bench.platform.deploy(deploying("r2", service(bench)), CONNECTION)

    assert set(before) - set(await names(bench, "networkpolicies")) == {"matinee-egress"}
