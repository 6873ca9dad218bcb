"""Visiting: when somebody from outside first gets an answer, and when the cluster first calls pods ready."""

import asyncio
import ssl
import time

import httpx

from adapters.platforms.kubernetes.requesting import Api
from domain.manifests.shapes import at, list_of
from tests.cluster.described import Cluster

_PAUSE = 0.02
"""Seconds between two looks, which is how exact the figures are."""

_WITHIN = 90.0


async def answered(cluster: Cluster, host: str) -> float:
    """The instant of the first 200 over HTTPS; TimeoutError if none comes in time."""
    trusted = await asyncio.to_thread(ssl.create_default_context, cafile=str(cluster.authority))
    async with asyncio.timeout(_WITHIN), httpx.AsyncClient(verify=trusted, trust_env=False) as client:
        while not await _is_well(client, f"https://127.0.0.1:{cluster.https}/", host):  # noqa: ASYNC110 - it sets no event
            await asyncio.sleep(_PAUSE)
    return time.perf_counter()


async def pods_ready(api: Api, namespace: str) -> float:
    """The instant at which there are pods and all of them are ready; TimeoutError if that does not come in time."""
    async with asyncio.timeout(_WITHIN):
        while not await _are_ready(api, namespace):  # noqa: ASYNC110 - nor does this
            await asyncio.sleep(_PAUSE)
    return time.perf_counter()


async def _is_well(client: httpx.AsyncClient, url: str, host: str) -> bool:
    try:
        answer = await client.get(url, headers={"Host": host}, extensions={"sni_hostname": host})
    except httpx.TransportError:
        return False
    return answer.is_success


async def _are_ready(api: Api, namespace: str) -> bool:
    pods = await api.list("v1", "Pod", namespace)
    said = [
        {str(at(one, "type")): at(one, "status") for one in list_of(at(pod, "status", "conditions"))} for pod in pods
    ]
    return bool(said) and all(one.get("Ready") == "True" for one in said)
