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
    """A pod labelled `app: NAME` in that namespace; with a port it is ready when that answers."""
    probe = {"readinessProbe": {"tcpSocket": {"port": port}, "periodSeconds": 1}} if port else {}
    container = {"name": "main", "image": image, "command": list(command), "securityContext": RESTRICTED}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": place, "labels": {"app": name}},
        "spec": {
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": 0,
            "containers": [container | probe],
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
