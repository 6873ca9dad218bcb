"""Unlisting: what keeps search engines out through an Ingress, as an operator of Traefik has it from the chart."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from domain.manifests.routing import traefik
from tests.contracts.benches_kubernetes import SYSTEM, KubernetesBench
from tests.deploy.charts import LEAST, Helm, merged, one_of

INGRESS = traefik("traefik", SYSTEM)
"""The class of Ingresses of previews whose header the chart brings."""


@asynccontextmanager
async def unlisted(bench: KubernetesBench, folder: Path) -> AsyncGenerator[None]:
    """The chart's own object stands beside Matinee inside the block."""
    values = {"previews": {"gateway": {"name": ""}, "ingress": {"className": INGRESS.name, "controller": "traefik"}}}
    made = one_of(await Helm(folder).rendered(merged(LEAST, values)), "Middleware", "matinee-noindex")
    made["metadata"]["namespace"] = SYSTEM
    await bench.cluster.kubectl.apply(made)
    try:
        yield
    finally:
        await bench.cluster.kubectl("delete", "middleware", "matinee-noindex", f"--namespace={SYSTEM}")


async def robots(bench: KubernetesBench, path: str) -> str | None:
    """What a search engine is told by an answer at this path of the preview's host; None while there is none."""
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
            url = f"http://127.0.0.1:{bench.cluster.http}{path}"
            answer = await client.get(url, headers={"Host": bench.host})
    except httpx.TransportError:
        return None
    return answer.headers.get("X-Robots-Tag", "nothing") if answer.is_success else None
