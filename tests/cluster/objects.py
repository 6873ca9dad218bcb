"""Objects: what tests put into a cluster, as small as the cluster's own rules allow."""

from collections.abc import Mapping
from typing import Any

RESTRICTED = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}
"""What Pod Security's strictest level asks of a container."""


def namespace(name: str, **labels: str) -> dict[str, Any]:
    """A namespace."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def pod(place: str, name: str, image: str, *command: str, port: int | None = None) -> dict[str, Any]:
    """A pod labelled `app: NAME`, with the image's own command or this; with a port it is ready when that answers."""
    probe = {"readinessProbe": {"tcpSocket": {"port": port}, "periodSeconds": 1}} if port else {}
    container = {"name": "main", "image": image, "securityContext": RESTRICTED}
    started = {"command": list(command)} if command else {}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": place, "labels": {"app": name}},
        "spec": {
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": 0,
            "containers": [container | started | probe],
        },
    }


def service(place: str, name: str, port: int) -> dict[str, Any]:
    """A Service at port 80 of the pods labelled `app: NAME`, which listen on that port."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": place},
        "spec": {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": port}]},
    }


def policy(place: str, name: str, specification: Mapping[str, Any]) -> dict[str, Any]:
    """A NetworkPolicy."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": place},
        "spec": specification,
    }


def route(place: str, name: str, host: str, gateway: str) -> dict[str, Any]:
    """An HTTPRoute from that host to the Service of this name, at a Gateway given as `namespace/name`."""
    namespace, _, parent = gateway.partition("/")
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": name, "namespace": place},
        "spec": {
            "hostnames": [host],
            "parentRefs": [{"name": parent, "namespace": namespace}],
            "rules": [{"backendRefs": [{"name": name, "port": 80}]}],
        },
    }


def ingress(place: str, name: str, host: str, kind: str) -> dict[str, Any]:
    """An Ingress of that class from the host to the Service of this name."""
    backend = {"service": {"name": name, "port": {"number": 80}}}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": name, "namespace": place},
        "spec": {
            "ingressClassName": kind,
            "rules": [{"host": host, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}],
        },
    }
