"""A copy of the wildcard certificate serves trusted previews whose Ingress names it, and is kept from all others."""

import asyncio
import ssl
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from domain.definitions import ServiceUrl
from domain.manifests.rules import IngressClass
from domain.requests import ServiceRequest
from tests.adapters.platforms.kubernetes.asking import CONNECTION, deploying, service, settled
from tests.adapters.platforms.kubernetes.templates import Templates, prepared
from tests.cluster.certificates import Authority
from tests.contracts.benches_kubernetes import KubernetesBench
from tests.waiting import until

pytestmark = [pytest.mark.cluster, pytest.mark.server, pytest.mark.slow]

COPY = "wildcard"


@pytest.fixture
async def templates(bench: KubernetesBench) -> AsyncGenerator[Templates]:
    """A template namespace beside the bench."""
    async with prepared(bench) as one:
        yield one


@pytest.fixture
async def authority(bench: KubernetesBench, templates: Templates, tmp_path: Path) -> Path:
    """What trusts the certificate that lies in the template namespace, and no other."""
    signing = await asyncio.to_thread(Authority, tmp_path)
    await asyncio.to_thread(lambda: signing.issue(COPY, user=COPY, hosts=[bench.host]))
    parts = {f"tls.{part}": (tmp_path / f"{COPY}.{part}").read_text() for part in ("crt", "key")}
    await templates.keep(COPY, "kubernetes.io/tls", **parts)
    await templates.readable(COPY)
    return signing.certificate


async def test_the_certificates_copy_is_for_trusted_previews_alone(
    bench: KubernetesBench, templates: Templates, authority: Path
) -> None:
    """With it visitors are shown that certificate; a stranger's commit takes it away, and the default serves again."""
    platform = bench.installed(
        "matinee",
        gateway=None,
        ingress=IngressClass(name="traefik"),
        certificate=COPY,
        supplies=templates.supplies(),
    )

    await settled(platform, await platform.deploy(deploying("r1", secure(bench), trusted=True), CONNECTION))
    await until(lambda: shown(bench, authority), "visitors are shown the copy")
    trusted = await secrets(bench)
    await settled(platform, await platform.deploy(deploying("r2", secure(bench), trusted=False), CONNECTION))

    async def hidden() -> bool:
        return not await shown(bench, authority)

    await until(hidden, "visitors are shown another")
    assert COPY in trusted
    assert COPY not in await secrets(bench)


def secure(bench: KubernetesBench) -> ServiceRequest:
    """The public service, by HTTPS."""
    return replace(service(bench), url=ServiceUrl("web", f"https://{bench.host}"))


async def shown(bench: KubernetesBench, authority: Path) -> bool:
    """Whether the preview answers by HTTPS with a certificate of this authority."""
    trust = ssl.create_default_context(cafile=str(authority))
    async with httpx.AsyncClient(verify=trust, trust_env=False, timeout=5) as client:
        try:
            answer = await client.get(
                f"https://127.0.0.1:{bench.cluster.https}/",
                headers={"Host": bench.host},
                extensions={"sni_hostname": bench.host},
            )
        except httpx.ConnectError:
            return False
    return answer.is_success


async def secrets(bench: KubernetesBench) -> str:
    """The names of all Secrets in the preview."""
    return await bench.cluster.kubectl("get", "secrets", f"--namespace={bench.namespace}", "--output=name")
