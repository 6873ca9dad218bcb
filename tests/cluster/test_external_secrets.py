"""External Secrets copies what a store has into a namespace that asks for it."""

import base64
from pathlib import Path
from typing import Any

import pytest

from tests.cluster import objects
from tests.cluster.described import Cluster
from tests.cluster.external_secrets import external_secrets
from tests.waiting import until

pytestmark = [pytest.mark.cluster(needs="externalsecrets"), pytest.mark.server, pytest.mark.slow]


def store(place: str) -> list[dict[str, Any]]:
    """A store that is a namespace of the same cluster, and who may read it."""
    rbac = "rbac.authorization.k8s.io"
    rules = [
        {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list", "watch"]},
        {"apiGroups": ["authorization.k8s.io"], "resources": ["selfsubjectrulesreviews"], "verbs": ["create"]},
    ]
    named = {"name": "store", "namespace": place}
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": named},
        {"apiVersion": f"{rbac}/v1", "kind": "Role", "metadata": named, "rules": rules},
        {
            "apiVersion": f"{rbac}/v1",
            "kind": "RoleBinding",
            "metadata": named,
            "roleRef": {"apiGroup": rbac, "kind": "Role", "name": "store"},
            "subjects": [{"kind": "ServiceAccount", **named}],
        },
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "payments", "namespace": place},
            "stringData": {"key": "one"},
        },
    ]


async def test_a_secret_of_the_store_comes_to_the_namespace(cluster: Cluster, place: str, tmp_path: Path) -> None:
    """A preview that asks for a Secret of a store has a copy of it in its own namespace."""
    source = f"{place}-store"
    await cluster.kubectl.apply(objects.namespace(source))
    await cluster.kubectl.apply(*store(source))
    authority = (await cluster.kubectl.get("configmap", "kube-root-ca.crt", "--namespace", source))["data"]["ca.crt"]
    async with external_secrets(cluster, tmp_path):
        await cluster.kubectl.apply(*asked(place, source, cluster.server, authority))

        async def copied() -> str | None:
            where = ("--namespace", place, "--ignore-not-found", "--output=jsonpath={.data.key}")
            found = await cluster.kubectl("get", "secret", "payments", *where)
            return base64.b64decode(found).decode() or None

        assert await until(copied, "the Secret is copied") == "one"
    await cluster.kubectl("delete", "namespace", source, "--wait=false")
    await cluster.kubectl("delete", "clustersecretstore", source)


def asked(place: str, source: str, server: str, authority: str) -> list[dict[str, Any]]:
    """The store, and what the namespace wants of it."""
    account = {"serviceAccount": {"name": "store", "namespace": source}}
    bundle = base64.b64encode(authority.encode()).decode()
    provider = {"remoteNamespace": source, "server": {"url": server, "caBundle": bundle}, "auth": account}
    reference = {"kind": "ClusterSecretStore", "name": source}
    return [
        {
            "apiVersion": "external-secrets.io/v1",
            "kind": "ClusterSecretStore",
            "metadata": {"name": source},
            "spec": {"provider": {"kubernetes": provider}},
        },
        {
            "apiVersion": "external-secrets.io/v1",
            "kind": "ExternalSecret",
            "metadata": {"name": "payments", "namespace": place},
            "spec": {
                "refreshInterval": "5s",
                "secretStoreRef": reference,
                "target": {"name": "payments"},
                "data": [{"secretKey": "key", "remoteRef": {"key": "payments", "property": "key"}}],
            },
        },
    ]
