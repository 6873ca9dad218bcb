"""Planting: what an operator keeps to itself, and the namespace from which previews are given some of it."""

import base64
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

from tests.cluster import objects, registering
from tests.cluster.addresses import NODE
from tests.cluster.described import Cluster
from tests.endtoend.hubs import OWNER

STORY = f"{OWNER}/story"
"""The repository whose previews are given the Secret `stripe`."""

TOKEN = "planted-stripe-" + "7a" * 12
"""What that holds."""

ACCOUNT = f"{registering.USER}:{registering.PASSWORD}"
"""Who may use the private registry."""


@asynccontextmanager
async def templates(cluster: Cluster, name: str) -> AsyncGenerator[None]:
    """The namespace from which Secrets are copied into previews is there inside the block."""
    host = cluster.private_registry.replace("127.0.0.1", NODE)
    docker = {"auths": {host: {"auth": base64.b64encode(ACCOUNT.encode()).decode()}}}
    kinds = {"pull": "kubernetes.io/dockerconfigjson", "stripe": "Opaque"}
    data = {"pull": {".dockerconfigjson": json.dumps(docker)}, "stripe": {"STRIPE_KEY": TOKEN}}
    await cluster.kubectl.apply(
        objects.namespace(name),
        *(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": secret, "namespace": name},
                "type": kind,
                "stringData": data[secret],
            }
            for secret, kind in kinds.items()
        ),
    )
    try:
        yield
    finally:
        await cluster.kubectl("delete", "namespace", name, "--wait=false")


def known(held: Mapping[str, str]) -> dict[str, str]:
    """What would give these away: of a key, a line of it is enough; of an account, either way of writing it."""
    encoded = base64.b64encode(ACCOUNT.encode()).decode()
    return {
        "key ring": held["ring"].partition(":")[2],
        "server password": held["password"],
        "private key": held["key"].splitlines()[5],
        "webhook secret": held["webhook"],
        "registry account": ACCOUNT,
        "registry account, encoded": encoded,
        "stripe": TOKEN,
    }
