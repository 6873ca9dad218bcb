"""Secrets of a vault come to previews by the chart's own object and a real External Secrets, and to nobody else."""

import asyncio
import base64
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from domain.errors import NotYet
from domain.manifests.supplies import Supplies
from domain.requests import DeployRequest
from domain.resources import Deployment
from tests.adapters.platforms.kubernetes.asking import CONNECTION, deploying, service, settled
from tests.cluster.external_secrets import external_secrets
from tests.cluster.storing import Store, stored
from tests.contracts.benches_kubernetes import SERVER, KubernetesBench
from tests.deploy.charts import LEAST, Helm, merged, one_of
from tests.waiting import until

pytestmark = [pytest.mark.cluster(needs="externalsecrets"), pytest.mark.server, pytest.mark.slow]

PLANTED, ROTATED = "tell-nobody-of-this", "nor-of-that"
SHOWING = ("python", "-c", SERVER.replace('"GREETING"', '"STRIPE_KEY"'))
"""A service that answers with what it was given, which no real one should."""

SUPPLIES = Supplies(external={"acme/*": ("stripe",)})


@pytest.fixture
async def vault(bench: KubernetesBench, tmp_path: Path) -> AsyncGenerator[Store]:
    """A store for previews only, as the guide says, and the chart's object that brings the Secret `stripe` of it."""
    previews = {"matinee.dev/preview": "true"}
    async with (
        external_secrets(bench.cluster, tmp_path),
        stored(bench.cluster, f"{bench.prefix}vault", namespaces=previews) as store,
    ):
        one = {
            "name": "stripe",
            "store": store.name,
            "refreshInterval": "1s",
            "repositories": ["acme/*"],
            "data": [{"secretKey": "STRIPE_KEY", "remoteRef": {"key": "payments", "property": "test"}}],
        }
        made = await Helm(tmp_path / "helm").rendered(merged(LEAST, {"externalSecrets": {"secrets": [one]}}))
        await bench.cluster.kubectl.apply(one_of(made, "ClusterExternalSecret", "matinee-stripe"))
        try:
            yield store
        finally:
            await bench.cluster.kubectl("delete", "clusterexternalsecret", "matinee-stripe")


async def held(bench: KubernetesBench) -> str | None:
    """What the preview's Secret holds, None if there is none."""
    where = (f"--namespace={bench.namespace}", "--ignore-not-found", "--output=jsonpath={.data.STRIPE_KEY}")
    found = await bench.cluster.kubectl("get", "secret", "stripe", *where)
    return base64.b64decode(found).decode() if found else None


async def deployed(bench: KubernetesBench, request: DeployRequest) -> Deployment:
    """What came of it, asked again as Temporal would while the preview waits for its Secrets."""
    platform = bench.installed("matinee", supplies=SUPPLIES)
    async with asyncio.timeout(60):
        while True:
            try:
                return await settled(platform, await platform.deploy(request, CONNECTION))
            except NotYet:
                await asyncio.sleep(0.5)


async def test_a_preview_is_given_what_the_vault_has(bench: KubernetesBench, vault: Store) -> None:
    """A preview waits and says why while the vault has nothing, reads it, follows it; a stranger's loses it."""
    web = service(bench, command=SHOWING, secrets=("stripe",))
    platform = bench.installed("matinee", supplies=SUPPLIES)

    async def explained() -> str | None:
        with pytest.raises(NotYet) as waits:
            await platform.deploy(deploying("r1", web, trusted=True), CONNECTION)
        return waits.value.message if "External Secrets says" in waits.value.message else None

    said = await until(explained, "it is told why External Secrets brings nothing")
    assert said.startswith("the preview waits for its Secrets: stripe: External Secrets says: ")
    pods = await bench.cluster.kubectl.get("pods", f"--namespace={bench.namespace}")
    assert pods["items"] == []

    await vault.keep("payments", test=PLANTED)
    await deployed(bench, deploying("r1", web, trusted=True))

    async def shown() -> bool:
        return await bench.answer(bench.host) == PLANTED

    await until(shown, "the service shows what the vault has")

    await vault.keep("payments", test=ROTATED)

    async def followed() -> bool:
        return await held(bench) == ROTATED

    await until(followed, "the Secret follows the vault")

    await deployed(bench, deploying("r2", web, trusted=False))

    async def gone() -> bool:
        return await held(bench) is None

    await until(gone, "a stranger's commit has lost the Secret")
