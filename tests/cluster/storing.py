"""Storing: a namespace of the cluster as what External Secrets reads, where an operator would have a vault."""

import base64
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tests.cluster import objects
from tests.cluster.described import Cluster

_RBAC = "rbac.authorization.k8s.io"
_READS = [
    {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list", "watch"]},
    {"apiGroups": ["authorization.k8s.io"], "resources": ["selfsubjectrulesreviews"], "verbs": ["create"]},
]


@dataclass(frozen=True)
class Store:
    """A ClusterSecretStore and the namespace behind it, both of this name."""

    cluster: Cluster
    name: str

    async def keep(self, secret: str, **data: str) -> None:
        """The store has this under that name."""
        metadata = {"name": secret, "namespace": self.name}
        await self.cluster.kubectl.apply(
            {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": data}
        )


@asynccontextmanager
async def stored(cluster: Cluster, name: str, *, namespaces: Mapping[str, str] | None = None) -> AsyncGenerator[Store]:
    """An empty store, for namespaces with these labels if there are any; gone afterwards. External Secrets runs."""
    await cluster.kubectl.apply(objects.namespace(name), *_reader(name))
    try:
        authority = (await cluster.kubectl.get("configmap", "kube-root-ca.crt", "--namespace", name))["data"]["ca.crt"]
        await cluster.kubectl.apply(_store(name, cluster.server, authority, namespaces))
        yield Store(cluster, name)
    finally:
        await cluster.kubectl("delete", "clustersecretstore", name, "--ignore-not-found")
        await cluster.kubectl("delete", "namespace", name, "--wait=false")


def _reader(name: str) -> list[dict[str, Any]]:
    """Who may read the namespace."""
    named = {"name": "store", "namespace": name}
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": named},
        {"apiVersion": f"{_RBAC}/v1", "kind": "Role", "metadata": named, "rules": _READS},
        {
            "apiVersion": f"{_RBAC}/v1",
            "kind": "RoleBinding",
            "metadata": named,
            "roleRef": {"apiGroup": _RBAC, "kind": "Role", "name": "store"},
            "subjects": [{"kind": "ServiceAccount", **named}],
        },
    ]


def _store(name: str, server: str, authority: str, namespaces: Mapping[str, str] | None) -> dict[str, Any]:
    bundle = base64.b64encode(authority.encode()).decode()
    account = {"serviceAccount": {"name": "store", "namespace": name}}
    provider = {"remoteNamespace": name, "server": {"url": server, "caBundle": bundle}, "auth": account}
    conditions = [{"namespaceSelector": {"matchLabels": dict(namespaces)}}] if namespaces else []
    return {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ClusterSecretStore",
        "metadata": {"name": name},
        "spec": {"provider": {"kubernetes": provider}, "conditions": conditions},
    }
