"""Webhooks of the fake GitHub: signed, sent, kept with the answer, and sent again by hand only, as GitHub does."""

import hashlib
import hmac
import json
import uuid
from dataclasses import dataclass, field
from typing import Any

import httpx

GIVES_UP_AFTER = 10.0
"""Seconds after which GitHub calls a delivery failed."""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One attempt to deliver an event, and its answer; status 0 means that there was none."""

    id: str
    event: str
    body: bytes
    status: int


@dataclass
class Hook:
    """One webhook: where to, and with which secret. `client` replaces the network."""

    url: str
    secret: str = field(repr=False)
    client: httpx.AsyncClient
    deliveries: list[Delivery] = field(default_factory=list[Delivery])

    async def send(self, event: str, payload: dict[str, Any]) -> Delivery:
        """The delivery of a new event."""
        return await self._post(str(uuid.uuid4()), event, json.dumps(payload).encode())

    async def redeliver(self, delivery: Delivery) -> Delivery:
        """The same event again, under the same id."""
        return await self._post(delivery.id, delivery.event, delivery.body)

    async def _post(self, guid: str, event: str, body: bytes) -> Delivery:
        headers = {
            "content-type": "application/json",
            "user-agent": "GitHub-Hookshot/fake",
            "x-github-delivery": guid,
            "x-github-event": event,
            "x-hub-signature-256": "sha256=" + hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest(),
        }
        try:
            answer = await self.client.post(self.url, content=body, headers=headers, timeout=GIVES_UP_AFTER)
            status = answer.status_code
        except httpx.HTTPError:
            status = 0
        self.deliveries.append(Delivery(id=guid, event=event, body=body, status=status))
        return self.deliveries[-1]
