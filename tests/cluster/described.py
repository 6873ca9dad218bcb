"""Described: what tests know of a test cluster, whoever started it."""

import json
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import yaml

from domain.errors import PermanentError
from domain.phases import Reason
from embedded.ports import HOST
from tests.cluster.addresses import NODE
from tests.cluster.commands import found
from tests.cluster.kubectl import Kubectl
from tests.cluster.namespaces import doors
from tools.kubernetes.building import program

FILE = "cluster.json"
"""Lies beside the kubeconfig, and says the rest."""


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """Where a cluster answers. Every address is the same on this machine and on its node."""

    kubeconfig: Path
    """How an administrator reaches it."""

    registry: str
    """Where tests push images and its node pulls them, `host:port`, without TLS."""

    domain: str
    """Below this name previews have their hosts, which are served at `http` and `https` of this machine."""

    http: int
    https: int
    authority: Path
    """A file with what clients trust when they ask a preview over HTTPS."""

    private_registry: str = ""
    """The same images for who has the password (tests/cluster/registering.py); empty where nobody asks for one."""

    gateway: str = "matinee-system/preview"
    """The Gateway that serves these, as `namespace/name`."""

    first: int | None = None
    """The process in whose namespaces everything of it is; None of a cluster that we did not start."""

    @property
    def kubectl(self) -> Kubectl:
        """Kubectl as an administrator."""
        built = program("kubectl")
        return Kubectl(built if built.exists() else Path(shutil.which("kubectl") or "kubectl"), self.kubeconfig)

    @property
    def server(self) -> str:
        """The API server's URL."""
        return str(yaml.safe_load(self.kubeconfig.read_text())["clusters"][0]["cluster"]["server"])

    def inside(self, *command: str | Path) -> tuple[str, ...]:
        """The command, as it runs on the node: in the cluster's network, with its mounts and processes."""
        enter = (found("nsenter"), "--target", str(self._first()), "--net", "--mount", "--pid", "--")
        return (*enter, *map(str, command))

    @asynccontextmanager
    async def way_out(self, port: int, folder: Path) -> AsyncGenerator[str]:
        """The `host:port` at which pods reach what listens on this port of this machine's loopback interface."""
        name = f"way-out-{port}"
        async with doors(folder, self._first(), [f"out:{NODE}:{port}={HOST}:{port}"], name=name):
            yield f"{NODE}:{port}"

    def write(self) -> None:
        """Who has the kubeconfig finds the rest beside it."""
        facts = {name: value for name, value in asdict(self).items() if name != "kubeconfig"} | {
            "authority": str(self.authority)
        }
        (self.kubeconfig.parent / FILE).write_text(json.dumps(facts, indent=2) + "\n")

    def _first(self) -> int:
        """The first process of a cluster of ours."""
        if self.first is None:
            raise PermanentError("This cluster was not started by the tests: nobody enters it.", reason=Reason.SETTINGS)
        return self.first


def read(kubeconfig: Path) -> Cluster:
    """The cluster of this kubeconfig; PermanentError if the file beside it, which says the rest, is missing."""
    try:
        facts = json.loads((kubeconfig.parent / FILE).read_text())
    except FileNotFoundError as error:
        cure = f"`{FILE}` must lie beside it, as tests/cluster/described.py describes it."
        raise PermanentError(f"{kubeconfig} alone is not enough: {cure}", reason=Reason.SETTINGS) from error
    return Cluster(kubeconfig=kubeconfig, **facts | {"authority": Path(facts["authority"])})
