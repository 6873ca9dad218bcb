"""Watching: the present state of some kinds of objects of a cluster, kept up to date by the API server."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx

PODS = "/api/v1/pods"
NAMESPACES = "/api/v1/namespaces"
POLICIES = "/apis/networking.k8s.io/v1/networkpolicies"
SLICES = "/apis/discovery.k8s.io/v1/endpointslices"
_PAUSE = 0.2


class Watched:
    """Objects of one kind by namespace and name. `changed` is called after each change."""

    def __init__(self, client: httpx.AsyncClient, path: str, changed: asyncio.Event) -> None:
        self.objects: dict[tuple[str, str], dict[str, Any]] = {}
        self.listed = asyncio.Event()
        self._client = client
        self._path = path
        self._changed = changed

    async def run(self) -> None:
        """The objects stay up to date until this is cancelled."""
        while True:
            try:
                version = await self._list()
                async for event in self._events(version):
                    self._take(event)
            except httpx.TransportError:
                # The API server ends each watch after a while; what was missed is in the next list.
                await asyncio.sleep(_PAUSE)

    async def _list(self) -> str:
        """All objects are known; the version from which on changes are told."""
        answer = (await self._client.get(self._path)).raise_for_status().json()
        self.objects = {_key(one): one for one in answer["items"]}
        self.listed.set()
        self._changed.set()
        return str(answer["metadata"]["resourceVersion"])

    async def _events(self, version: str) -> AsyncIterator[dict[str, Any]]:
        """Changes as they happen."""
        query = {"watch": "true", "resourceVersion": version, "allowWatchBookmarks": "true"}
        async with self._client.stream("GET", self._path, params=query, timeout=None) as answer:
            async for line in answer.aiter_lines():
                event = json.loads(line)
                if event["type"] == "ERROR":
                    return
                yield event

    def _take(self, event: dict[str, Any]) -> None:
        """One change is known."""
        one = event["object"]
        if event["type"] == "BOOKMARK":
            return
        if event["type"] == "DELETED":
            self.objects.pop(_key(one), None)
        else:
            self.objects[_key(one)] = one
        self._changed.set()


def client(server: str, certificates: Path, user: str) -> httpx.AsyncClient:
    """A client of the API server, as this user."""
    trust = ssl.create_default_context(cafile=str(certificates / "ca.crt"))
    trust.load_cert_chain(certificates / f"{user}.crt", certificates / f"{user}.key")
    return httpx.AsyncClient(base_url=server, verify=trust, trust_env=False)


def _key(one: dict[str, Any]) -> tuple[str, str]:
    return one["metadata"].get("namespace", ""), one["metadata"]["name"]
