"""Siblings: the route by which one path of every host of a preview leads to Matinee's receiver, in its own namespace.

Front ends that were built once find the URLs of their preview's services there (decision 0015).
"""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from domain.definitions import ServiceUrl
from domain.manifests.confining import confined
from domain.manifests.inventory import Item
from domain.manifests.objects import made
from domain.manifests.routing import hosts_of
from domain.manifests.rules import Receiver, Rules
from domain.manifests.shapes import at, list_of

PATH = "/.matinee/config.json"
"""What is asked for; nothing below it."""

_MOST_HOSTS = 16
"""What an HTTPRoute may have; further public services have to ask at the host of one of the first."""


def route_item(rules: Rules) -> Item:
    """The route of this preview, called like its namespace: an HTTPRoute, or an Ingress where there is no Gateway."""
    if rules.gateway is not None:
        return Item("gateway.networking.k8s.io/v1", "HTTPRoute", rules.namespace)
    return Item("networking.k8s.io/v1", "Ingress", rules.namespace)


def siblings_route(rules: Rules, receiver: Receiver, urls: tuple[ServiceUrl, ...], uid: str) -> dict[str, Any]:
    """The route itself, owned by the preview's namespace, which has this uid: it goes with it, whatever happens."""
    item = route_item(rules)
    spec = _http_route(rules, receiver, urls) if rules.gateway else _ingress(rules, receiver, urls)
    whole = confined(made(item.api, item.kind, item.name, spec=spec), rules)
    owner = {"apiVersion": "v1", "kind": "Namespace", "name": rules.namespace, "uid": uid}
    whole["metadata"] |= {"namespace": receiver.namespace, "ownerReferences": [owner]}
    return whole


def claims_path(objects: Sequence[Any]) -> bool:
    """Whether routes among these objects answer for that very path themselves: then they do, and not we."""
    return any(path == PATH for one in objects for path in _paths(one))


def _paths(content: Any) -> Iterator[Any]:
    for rule in list_of(at(content, "spec", "rules")):
        match at(content, "kind"):
            case "HTTPRoute":
                yield from (at(one, "path", "value") for one in list_of(at(rule, "matches")))
            case "Ingress":
                yield from (at(one, "path") for one in list_of(at(rule, "http", "paths")))
            case _:
                return


def _http_route(rules: Rules, receiver: Receiver, urls: tuple[ServiceUrl, ...]) -> dict[str, Any]:
    gateway = rules.gateway
    parent = {"name": gateway.name, "namespace": gateway.namespace} if gateway else {}
    match = {"path": {"type": "Exact", "value": PATH}}
    backend = {"name": receiver.name, "port": receiver.port}
    return {
        "parentRefs": [parent],
        "hostnames": list(hosts_of(urls)[:_MOST_HOSTS]),
        "rules": [{"matches": [match], "backendRefs": [backend]}],
    }


def _ingress(rules: Rules, receiver: Receiver, urls: tuple[ServiceUrl, ...]) -> dict[str, Any]:
    backend = {"service": {"name": receiver.name, "port": {"number": receiver.port}}}
    path = {"path": PATH, "pathType": "Exact", "backend": backend}
    spec: dict[str, Any] = {
        "ingressClassName": rules.ingress.name if rules.ingress else "",
        "rules": [{"host": host, "http": {"paths": [path]}} for host in hosts_of(urls)],
    }
    if secure := hosts_of(tuple(url for url in urls if urlsplit(url.url).scheme == "https")):
        spec["tls"] = [{"hosts": list(secure)}]
    return spec
