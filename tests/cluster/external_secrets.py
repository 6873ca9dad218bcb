"""External Secrets: its controllers, which copy Secrets from a store into the namespaces that ask for them."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from embedded.ports import HOST, free_ports
from embedded.processes import running
from tests.cluster.control_plane import part
from tests.cluster.described import Cluster
from tools.kubernetes.building import OTHERS, program


@asynccontextmanager
async def external_secrets(cluster: Cluster, folder: Path) -> AsyncGenerator[None]:
    """Stores and external Secrets are known to the cluster inside the block, and followed; they stay known after it."""
    resources = await cluster.kubectl("kustomize", str(OTHERS["externalsecrets"].place / "crds"))
    await cluster.kubectl("apply", "--server-side", "--filename=-", stdin=resources)
    await cluster.kubectl("wait", "crd", "--all", "--for=condition=Established", "--timeout=30s")
    port = free_ports(1)[0]
    command = (program("external-secrets"), f"--metrics-addr={HOST}:{port}", "--concurrent=4")
    controllers = part(folder, "external-secrets", *command, ports=(port,))
    reach = {**controllers.environment, "KUBECONFIG": str(cluster.kubeconfig)}

    async def started() -> bool:
        return True

    async with running(replace(controllers, environment=reach), started):
        yield
