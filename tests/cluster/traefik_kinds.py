"""The kinds of Traefik's own, of which previews need a Middleware and the whole cluster a TLSStore.

They are as small as can be: the API server keeps whatever is in them, and what it means Traefik judges. It reads all of
them, and takes no order at all while one is missing.
"""

from typing import Any

GROUP = "traefik.io"
VERSION = "v1alpha1"

_KINDS = {
    "IngressRoute": "ingressroutes",
    "IngressRouteTCP": "ingressroutetcps",
    "IngressRouteUDP": "ingressrouteudps",
    "Middleware": "middlewares",
    "MiddlewareTCP": "middlewaretcps",
    "ServersTransport": "serverstransports",
    "ServersTransportTCP": "serverstransporttcps",
    "TLSOption": "tlsoptions",
    "TLSStore": "tlsstores",
    "TraefikService": "traefikservices",
}
PLURALS = list(_KINDS.values())


def definitions() -> list[dict[str, Any]]:
    """What makes all of them known to an API server."""
    return [_definition(kind, plural) for kind, plural in _KINDS.items()]


def default_store(place: str, secret: str) -> dict[str, Any]:
    """The one TLSStore of a Traefik: Ingresses without a Secret are served with this one's certificate."""
    return {
        "apiVersion": f"{GROUP}/{VERSION}",
        "kind": "TLSStore",
        "metadata": {"name": "default", "namespace": place},
        "spec": {"defaultCertificate": {"secretName": secret}},
    }


def _definition(kind: str, plural: str) -> dict[str, Any]:
    free = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": VERSION, "served": True, "storage": True, "schema": {"openAPIV3Schema": free}}
    names = {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": f"{kind}List"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{GROUP}"},
        "spec": {"group": GROUP, "scope": "Namespaced", "names": names, "versions": [version]},
    }
