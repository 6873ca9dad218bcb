"""Available: whether tests that need a cluster can have one here, and which."""

import os
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from tests.cluster import described
from tests.cluster.clusters import cluster
from tests.cluster.commands import missing_packages
from tests.cluster.described import Cluster
from tools.kubernetes import building

VARIABLE = "MATINEE_TEST_KUBECONFIG"
"""Names the kubeconfig of a cluster that is to be used instead of one of the tests' own."""

_MODULES = ("kubernetes", "gateway", "certmanager", "coredns")


def obstacle(environment: Mapping[str, str] = os.environ) -> str | None:
    """Why there is no cluster for tests here, with the cure; None if there is one or one can be started."""
    if environment.get(VARIABLE):
        return None
    if os.geteuid() != 0:
        return f"no cluster here: one of the tests' own needs root, or {VARIABLE} names another"
    if packages := missing_packages():
        return f"no programs for a cluster here: apt-get install {' '.join(packages)}"
    if programs := building.missing(*_MODULES):
        return f"no programs for a cluster here ({', '.join(programs)}): make cluster builds them"
    return None


@asynccontextmanager
async def available(folder: Path, environment: Mapping[str, str] = os.environ) -> AsyncGenerator[Cluster]:
    """The cluster that the environment names, or one that lives as long as the block, in the folder."""
    named = environment.get(VARIABLE)
    if named:
        yield described.read(Path(named))
        return
    async with cluster(folder) as own:
        yield own
