"""Valuing: the values that an operator of the test cluster says to the chart."""

import json
import uuid
from typing import Any

from embedded.postgres import Postgres
from tests.cluster.addresses import BRIDGE, DOMAIN_IN_PODS, NODE
from tests.cluster.described import Cluster
from tests.endtoend.hubs import OWNER
from tests.whole import planting

AUTHORITY = "previews-authority"
"""The ConfigMap with what the worker trusts when it asks a preview over HTTPS."""

_SECRETS = {
    "MATINEE_KEY_RING": "ring",
    "MATINEE_DATABASES__MAIN__PASSWORD": "password",
    "MATINEE_FORGES__GITHUB__PRIVATE_KEY": "key",
    "MATINEE_FORGES__GITHUB__WEBHOOK_SECRET": "webhook",
    "MATINEE_IMAGES__REGISTRY__CREDENTIALS": "registries",
}


def valued(cluster: Cluster, postgres: Postgres, digest: str, *, temporal: str, github: str) -> dict[str, Any]:
    """What an operator says to the chart."""
    outside = f"http://{NODE}:{github.rpartition(':')[2]}"
    registries = [one.replace("127.0.0.1", NODE) for one in (cluster.registry, cluster.private_registry)]
    settings = {
        "TEMPORAL_ADDRESS": f"{NODE}:{temporal.rpartition(':')[2]}",
        "MATINEE_HOME_OWNER": OWNER,
        "MATINEE_URL": f"https://{{label}}.{DOMAIN_IN_PODS}:{cluster.https}",
        "MATINEE_DATABASES__MAIN__HOST": NODE,
        "MATINEE_DATABASES__MAIN__PORT": str(postgres.port),
        "MATINEE_FORGES__GITHUB__KIND": "github",
        "MATINEE_FORGES__GITHUB__APP_ID": "1001",
        "MATINEE_FORGES__GITHUB__REPOSITORIES": json.dumps([f"{OWNER}/*"]),
        "MATINEE_FORGES__GITHUB__BASE_URL": outside,
        "MATINEE_FORGES__GITHUB__CLONE_URL": outside,
        "MATINEE_IMAGE_STORE": "registry",
        "MATINEE_IMAGES__REGISTRY__KIND": "registry",
        "MATINEE_IMAGES__REGISTRY__INSECURE": json.dumps(registries),
    }
    return {
        "image": {"repository": f"{cluster.registry}/matinee", "digest": digest},
        "settings": settings,
        "secrets": [{"variable": name, "secret": "matinee", "key": key} for name, key in _SECRETS.items()],
        "worker": {"replicas": 1},
        "receiver": {"replicas": 1},
        "previews": {
            "domain": DOMAIN_IN_PODS,
            "entrances": [f"{BRIDGE}/32", f"{NODE}/32"],
            "registries": registries,
            "pullSecrets": ["pull"],
        },
        "templates": {
            "namespace": f"templates-{uuid.uuid4().hex[:6]}",
            "secrets": {planting.STORY: ["stripe"]},
        },
        "gateway": {
            "create": True,
            "className": "traefik",
            "ports": {"http": cluster.http, "https": cluster.https},
        },
        "certificate": {
            "create": True,
            "issuer": {"kind": "ClusterIssuer", "name": "preview"},
            "authority": {"configMap": AUTHORITY},
        },
    }
