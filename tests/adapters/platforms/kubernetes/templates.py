"""Templates: a namespace whose Secrets are copied into previews, as an operator prepares it."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from domain.manifests.supplies import Supplies
from tests.cluster import objects
from tests.contracts.benches_kubernetes import SYSTEM, WORKER, KubernetesBench

PLANTED = "tell-nobody-of-this"
"""The value of every Secret of these tests."""

_RBAC = "rbac.authorization.k8s.io"


@dataclass(frozen=True)
class Templates:
    """A template namespace beside a bench."""

    bench: KubernetesBench

    @property
    def name(self) -> str:
        """What it is called."""
        return f"{self.bench.prefix}templates"

    def supplies(self, *names: str, of: str = "acme/*", **rest: Any) -> Supplies:
        """These are given to previews of these repositories."""
        return Supplies(templates=self.name, copied={of: names}, **rest)

    async def keep(self, name: str, kind: str = "Opaque", **data: str) -> None:
        """The Secret there has exactly these data."""
        metadata = {"name": name, "namespace": self.name}
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": kind, "stringData": data}
        kubectl = self.bench.cluster.kubectl
        await kubectl("delete", "secret", name, f"--namespace={self.name}", "--ignore-not-found")
        await kubectl("create", "--filename=-", stdin=json.dumps(secret))

    async def readable(self, *names: str) -> None:
        """The worker may read these by name, and no other, as the chart gives it."""
        named = {"name": "templates", "namespace": self.name}
        rule = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"], "resourceNames": list(names)}
        subject = {"kind": "ServiceAccount", "name": WORKER, "namespace": SYSTEM}
        reference = {"apiGroup": _RBAC, "kind": "Role", "name": "templates"}
        await self.bench.cluster.kubectl.apply(
            {"apiVersion": f"{_RBAC}/v1", "kind": "Role", "metadata": named, "rules": [rule]},
            {
                "apiVersion": f"{_RBAC}/v1",
                "kind": "RoleBinding",
                "metadata": named,
                "roleRef": reference,
                "subjects": [subject],
            },
        )


@asynccontextmanager
async def prepared(bench: KubernetesBench) -> AsyncGenerator[Templates]:
    """A template namespace with the Secret `stripe`, which the worker may read."""
    templates = Templates(bench)
    await bench.cluster.kubectl.apply(objects.namespace(templates.name))
    try:
        await templates.keep("stripe", STRIPE_KEY=PLANTED)
        await templates.readable("stripe", "late", "token", "pull")
        yield templates
    finally:
        await bench.cluster.kubectl("delete", "namespace", templates.name, "--wait=false")
