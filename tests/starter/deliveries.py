"""Webhook deliveries as GitHub makes them, small: what it signs, with which headers."""

import hashlib
import hmac
import json
from typing import Any

SECRET = "a webhook secret of tests"


def signature(body: bytes, secret: str = SECRET) -> str:
    """The value of X-Hub-Signature-256 for this body."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def headers(body: bytes, *, event: str = "pull_request", secret: str = SECRET) -> dict[str, str]:
    """The headers of one delivery, names in lower case."""
    return {
        "content-type": "application/json",
        "x-github-event": event,
        "x-github-delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
        "x-hub-signature-256": signature(body, secret),
    }


def pull_event(action: str, **changes: Any) -> bytes:
    """The body of a pull request's event; `changes` replace fields at the top."""
    event: dict[str, Any] = {
        "action": action,
        "number": 12,
        "repository": {"full_name": "acme/shop", "private": True},
        "pull_request": {"head": {"sha": "c" * 40, "ref": "blue"}, "title": "Paint it blue"},
        "sender": {"login": "ann"},
    }
    return json.dumps(event | changes).encode()
