"""Listeners: a Gateway at which no preview could be reached is told before the first one tries."""

from typing import Any

import pytest

from domain.manifests.listeners import unserved
from domain.manifests.rules import Gateway

GATEWAY = Gateway(namespace="edge", name="preview")
HOST = "shop-12.preview.example.com"
LABELS = {"matinee.dev/preview": "true", "matinee.dev/installation": "matinee"}


def listener(name: str = "https", hostname: str = "*.preview.example.com", **allowed: Any) -> dict[str, Any]:
    """A listener that lets routes of all namespaces attach, unless told otherwise."""
    return {"name": name, "hostname": hostname, "allowedRoutes": {"namespaces": allowed or {"from": "All"}}}


def gateway(*listeners: dict[str, Any], conditions: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    """A Gateway with these listeners, of whose first its controller says so."""
    said = [{"name": listeners[0]["name"], "conditions": list(conditions)}] if conditions else []
    return {"spec": {"listeners": list(listeners)}, "status": {"listeners": said}}


def chosen(**labels: str) -> dict[str, Any]:
    """Namespaces with these labels may attach routes."""
    return {"from": "Selector", "selector": {"matchLabels": labels}}


FAILED = {"type": "ResolvedRefs", "status": "False", "message": "the Secret preview-certificate is not there"}


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (gateway(listener()), ""),
        (gateway(listener(hostname="")), ""),
        (gateway(listener(**chosen(**{"matinee.dev/preview": "true"}))), ""),
        (gateway(listener(), listener("http", **{"from": "Same"})), ""),
        (gateway(), "no listener for shop-12.preview.example.com (it has: none)"),
        (gateway(listener(hostname="*.example.org")), "add one for *.preview.example.com"),
        (gateway(listener(**{"from": "Same"})), "lets no route of a preview attach to https"),
        (gateway(listener(**chosen(team="web"))), 'the label matinee.dev/preview: "true"'),
        (gateway({"name": "https"}), "lets no route of a preview attach"),
        (gateway(listener(), conditions=(FAILED,)), "not ResolvedRefs: the Secret preview-certificate is not there"),
        (gateway(listener(), listener("http"), conditions=(FAILED,)), ""),
    ],
)
def test_a_gateway_serves_previews_or_says_why_not(found: dict[str, Any], told: str) -> None:
    """Host, namespaces, certificate: whatever is missing is named with what to write."""
    problem = unserved(found, GATEWAY, HOST, LABELS)

    assert told in problem
    assert bool(told) == bool(problem)


def test_only_the_chosen_listener_counts() -> None:
    """Where a listener is set, another one with the right host does not help."""
    https = Gateway(namespace="edge", name="preview", section="https")

    assert "no listener" in unserved(gateway(listener("http")), https, HOST, LABELS)
