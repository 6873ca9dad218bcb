"""Valuing: the values that an operator of the test cluster says to the chart, those of the guide but for a few."""

import json
import uuid
from typing import Any

import yaml

from embedded.postgres import Postgres
from tests.cluster.addresses import BRIDGE, DOMAIN_IN_PODS, NODE
from tests.cluster.described import Cluster
from tests.deploy.charts import merged
from tests.docs.pages import DOCS, blocks
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
    """What an operator says to the chart who has read the guide, where other things are elsewhere than on its page."""
    page = (DOCS / "how-to" / "kubernetes.md").read_text()
    (guide,) = (one for one in blocks(page, "yaml") if "MATINEE_HOME_OWNER" in one)
    return merged(yaml.safe_load(guide), _own(cluster, postgres, digest, temporal=temporal, github=github))


def _own(cluster: Cluster, postgres: Postgres, digest: str, *, temporal: str, github: str) -> dict[str, Any]:
    """What is the test cluster's own; what a list holds is that alone."""
    outside = f"http://{NODE}:{github.rpartition(':')[2]}"
    registries = [one.replace("127.0.0.1", NODE) for one in (cluster.registry, cluster.private_registry)]
    settings = {
        "TEMPORAL_ADDRESS": f"{NODE}:{temporal.rpartition(':')[2]}",
        "MATINEE_HOME_OWNER": OWNER,
        "MATINEE_URL": f"https://{{label}}.{DOMAIN_IN_PODS}:{cluster.https}",
        "MATINEE_DATABASES__MAIN__HOST": NODE,
        "MATINEE_DATABASES__MAIN__PORT": str(postgres.port),
        "MATINEE_FORGES__GITHUB__APP_ID": "1001",
        "MATINEE_FORGES__GITHUB__REPOSITORIES": json.dumps([f"{OWNER}/*"]),
        "MATINEE_FORGES__GITHUB__BASE_URL": outside,
        "MATINEE_FORGES__GITHUB__CLONE_URL": outside,
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
        "gateway": {"ports": {"http": cluster.http, "https": cluster.https}},
        "certificate": {"issuer": {"name": "preview"}, "authority": {"configMap": AUTHORITY}},
    }
