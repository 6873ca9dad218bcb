"""Listeners: whether a Gateway takes the requests to previews, and lets their routes attach.

https://gateway-api.sigs.k8s.io/reference/spec/#gateway.networking.k8s.io/v1.Listener
"""

from collections.abc import Mapping
from typing import Any

from domain.manifests.rules import DOMAIN, Gateway
from domain.manifests.shapes import at, list_of, mapping_of, text_of


def unserved(found: Any, gateway: Gateway, host: str, labels: Mapping[str, str]) -> str:
    """Why routes for this host, from namespaces with these labels, would serve nobody; empty if they would serve."""
    name = f"{gateway.namespace}/{gateway.name}"
    listeners = [
        one for one in list_of(at(found, "spec", "listeners")) if gateway.section in ("", text_of(at(one, "name")))
    ]
    serving = [one for one in listeners if _serves(text_of(at(one, "hostname")), host)]
    if not serving:
        names = ", ".join(text_of(at(one, "hostname")) or "any" for one in listeners) or "none"
        return (
            f"the Gateway {name} has no listener for {host} (it has: {names}); add one for *.{host.partition('.')[2]}, "
            "or correct MATINEE_URL"
        )
    open_ones = [one for one in serving if _admits(one, labels)]
    if not open_ones:
        names = ", ".join(text_of(at(one, "name")) for one in serving)
        return (
            f"the Gateway {name} lets no route of a preview attach to {names}; let its allowedRoutes select namespaces "
            f'with the label {DOMAIN}/preview: "true"'
        )
    troubles = [_trouble(found, text_of(at(one, "name"))) for one in open_ones]
    return f"the Gateway {name} does not work: {troubles[0]}" if all(troubles) else ""


def _serves(hostname: str, host: str) -> bool:
    """Whether a listener of this host name takes requests to the host; an empty one takes all."""
    return hostname in ("", host) or (hostname.startswith("*.") and host.endswith(hostname[1:]))


def _admits(listener: Any, labels: Mapping[str, str]) -> bool:
    """Whether routes from a namespace with these labels may attach; only the Gateway's own where nothing is said."""
    namespaces = mapping_of(at(listener, "allowedRoutes", "namespaces"))
    if namespaces.get("from") != "Selector":
        return namespaces.get("from") == "All"
    wanted = mapping_of(at(namespaces, "selector", "matchLabels"))
    return all(labels.get(label) == value for label, value in wanted.items())


def _trouble(found: Any, name: str) -> str:
    """What the Gateway's controller says against this listener, such as a certificate that is not there."""
    said = [one for one in list_of(at(found, "status", "listeners")) if at(one, "name") == name]
    conditions = [condition for one in said for condition in list_of(at(one, "conditions"))]
    for condition in conditions:
        if at(condition, "type") in ("ResolvedRefs", "Programmed") and at(condition, "status") == "False":
            message = text_of(at(condition, "message")) or "no reason is given"
            return f"its listener {name} is not {text_of(at(condition, 'type'))}: {message[:300]}"
    return ""
