"""Installing: the chart in a cluster under a name of its own, and previews that its worker makes there."""

import asyncio
import uuid
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from domain.manifests.founding import foundation
from domain.manifests.rules import Rules
from tests.cluster import objects
from tests.cluster.described import Cluster
from tests.cluster.kubectl import Kubectl
from tests.deploy.asking import Account
from tests.deploy.charts import CHART, LEAST, Helm, merged
from tests.domain.manifests.cases import RULES
from tests.waiting import until

VALUES: dict[str, Any] = {
    "worker": {"replicas": 0},
    "receiver": {"replicas": 0},
    "previews": {
        "registries": list(RULES.registries),
        "pullSecrets": list(RULES.pull_secrets),
        "gateway": {"namespace": "matinee-system", "name": "preview"},
        "ingress": {"className": "traefik", "controller": "nginx"},
        "pool": {"selector": {"pool": "previews"}, "tolerations": [{"key": "previews"}]},
        "storageClasses": list(RULES.storage_classes),
    },
}
"""What the rules of the tests' manifests are, as an operator says it to the chart; there is no image to run."""


@dataclass(frozen=True)
class Installed:
    """The chart in a cluster, by the name of the installation, which is its namespace's too."""

    name: str
    kubectl: Kubectl
    helm: Helm
    values: dict[str, Any]

    @property
    def worker(self) -> Account:
        """The worker's account."""
        return Account(self.kubectl, f"system:serviceaccount:{self.name}:{self.name}-worker")

    def rules(self, label: str) -> Rules:
        """The rules of the tests' manifests, for a preview of this installation."""
        priority = f"{self.name}-preview"
        names = {"installation": self.name, "namespace": f"{self.name}-p-{label}", "label": label}
        rights = {"role": f"{self.name}-preview", "worker": self.worker.user, "worker_role": f"{self.name}-worker"}
        return replace(RULES, **names, **rights, priority_class=priority)

    def deployer(self, rules: Rules) -> Account:
        """The account in whose name a pull request's objects are applied."""
        return Account(self.kubectl, f"system:serviceaccount:{rules.namespace}:{rules.deployer}")

    async def noticed(self, rules: Rules, kind: str, name: str) -> None:
        """The object's controller has seen it, and has written on it what it likes."""

        async def seen() -> bool:
            found = await self.kubectl.get(f"--namespace={rules.namespace}", kind, name)
            return "observedGeneration" in found.get("status", {})

        await until(seen, f"{kind}/{name} is noticed")

    async def kubeconfig(self, administrator: Path, folder: Path) -> Path:
        """A kubeconfig in this folder by which one asks as the worker's account; the other one says where."""
        arguments = ("create", "token", f"{self.name}-worker", f"--namespace={self.name}", "--duration=4h")
        token = (await self.kubectl(*arguments)).strip()
        content = yaml.safe_load(await asyncio.to_thread(administrator.read_text))
        content["users"] = [{"name": one["name"], "user": {"token": token}} for one in content["users"]]
        file = folder / "worker.yaml"
        file.touch(mode=0o600)
        file.write_text(yaml.safe_dump(content))
        return file

    async def upgrade(self, **others: Any) -> None:
        """The chart is upgraded to its values with these; what that changes has begun to run."""
        access = ("--kubeconfig", self.kubectl.kubeconfig, "--namespace", self.name)
        written = self.helm.written(merged(self.values, others))
        await self.helm("upgrade", "matinee", CHART, *access, "--values", written)

    @asynccontextmanager
    async def preview(self, label: str) -> AsyncGenerator[Rules]:
        """A preview with everything but its workloads, made by the worker's own rights; it goes when the block ends."""
        rules = self.rules(label)
        for one in foundation(rules):
            await _allowed(self.worker, one)
        try:
            yield rules
        finally:
            await self.worker("delete", "namespace", rules.namespace, "--wait=false")


@asynccontextmanager
async def installed(
    cluster: Cluster,
    folder: Path,
    *,
    usual: dict[str, Any] = VALUES,
    held: Mapping[str, dict[str, str]] | None = None,
    **others: Any,
) -> AsyncGenerator[Installed]:
    """The chart, installed and enforced, beside Secrets that `held` names; nothing of it is left after the block.

    Its values are the usual ones, a name of its own, and the others.
    """
    name = f"chart-{uuid.uuid4().hex[:6]}"
    own = {
        "installation": name,
        "previews": {
            "namespacePrefix": f"{name}-p-",
            "priorityClass": {"name": f"{name}-preview"},
            "registries": [*RULES.registries, cluster.registry],
        },
    }
    values = merged(merged(merged(LEAST, usual), own), others)
    helm = Helm(folder)
    one = Installed(name, cluster.kubectl, helm, values)
    # As the guide says, so that the receiver's routes are taken by the Gateway.
    await cluster.kubectl.apply(objects.namespace(name, **{"matinee.dev/installation": name}))
    for secret, data in (held or {}).items():
        metadata = {"name": secret, "namespace": name}
        await cluster.kubectl.apply({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": data})
    access = ("--kubeconfig", cluster.kubeconfig, "--namespace", name)
    try:
        await helm("install", "matinee", CHART, *access, "--values", helm.written(values))
        await _enforced(one)
        yield one
    finally:
        await helm("uninstall", "matinee", *access, "--ignore-not-found")
        await cluster.kubectl("delete", "namespace", name, "--wait=false")


async def _enforced(one: Installed) -> None:
    """The API server has read the policies: it needs a moment after they are made."""

    async def refused() -> bool:
        said = await one.worker.applied(objects.namespace(f"{one.name}-elsewhere"))
        return "carry its labels" in said

    await until(refused, "the policies are enforced")


async def _allowed(account: Account, content: dict[str, Any]) -> None:
    """The object is there; a right that was given a moment ago may need another to be seen."""

    async def done() -> bool:
        said = await account.applied(content, dry=False)
        if said and "orbidden" not in said:
            raise AssertionError(said)
        return not said

    await until(done, f"{account.user} may make {content['kind']}/{content['metadata']['name']}", seconds=10)


async def each_within(limit: int, *waiting: Any) -> list[Any]:
    """What these came to, so many of them at a time."""
    places = asyncio.Semaphore(limit)

    async def one(awaited: Any) -> Any:
        async with places:
            return await awaited

    return await asyncio.gather(*map(one, waiting))
