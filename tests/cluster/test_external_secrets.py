"""External Secrets copies what a store has into a namespace that asks for it."""

import base64
from pathlib import Path

import pytest

from tests.cluster.described import Cluster
from tests.cluster.external_secrets import external_secrets
from tests.cluster.storing import stored
from tests.waiting import until

pytestmark = [pytest.mark.cluster(needs="externalsecrets"), pytest.mark.server, pytest.mark.slow]


async def test_a_secret_of_the_store_comes_to_the_namespace(cluster: Cluster, place: str, tmp_path: Path) -> None:
    """A preview that asks for a Secret of a store has a copy of it in its own namespace."""
    async with external_secrets(cluster, tmp_path), stored(cluster, f"{place}-store") as store:
        await store.keep("payments", key="one")
        asked = {
            "apiVersion": "external-secrets.io/v1",
            "kind": "ExternalSecret",
            "metadata": {"name": "payments", "namespace": place},
            "spec": {
                "refreshInterval": "5s",
                "secretStoreRef": {"kind": "ClusterSecretStore", "name": store.name},
                "target": {"name": "payments"},
                "data": [{"secretKey": "key", "remoteRef": {"key": "payments", "property": "key"}}],
            },
        }
        await cluster.kubectl.apply(asked)

        async def copied() -> str | None:
            where = ("--namespace", place, "--ignore-not-found", "--output=jsonpath={.data.key}")
            found = await cluster.kubectl("get", "secret", "payments", *where)
            return base64.b64decode(found).decode() or None

        assert await until(copied, "the Secret is copied") == "one"
