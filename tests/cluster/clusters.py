"""Clusters: a real Kubernetes with real containers, that runs exactly as long as a block does.

It lives in namespaces of its own (tests/cluster/namespaces.py), so that it changes nothing of this machine's network
and several can run at once.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from embedded.ports import HOST, free_ports
from tests.cluster import control_groups
from tests.cluster.addresses import DOMAIN
from tests.cluster.control_plane import kubeconfig
from tests.cluster.described import Cluster
from tests.cluster.namespaces import doors, namespaces
from tests.cluster.plans import Plan
from tests.waiting import until


@asynccontextmanager
async def cluster(folder: Path) -> AsyncGenerator[Cluster]:
    """A cluster that works inside the block, and of which nothing runs, is mounted or counted after it.

    `folder` gets everything that it writes, and keeps it; it is an empty one.
    """
    control_groups.sweep()
    api, registry, private, http, https = free_ports(5)
    name = control_groups.new_name()
    plan = Plan(name=name, api=api, registry=registry, private=private, http=http, https=https)
    plan.write(folder)
    control_groups.make(name)
    try:
        async with namespaces(folder) as first:
            ways = [f"in:{HOST}:{port}={HOST}:{port}" for port in plan.ports]
            async with doors(folder, first, ways, name="doors"):
                yield _described(folder, plan, first)
    finally:
        await _forget(name)


def _described(folder: Path, plan: Plan, first: int) -> Cluster:
    """What is to be known of the cluster, which its folder tells others too."""
    described = Cluster(
        kubeconfig=kubeconfig(folder, "admin"),
        registry=f"{HOST}:{plan.registry}",
        private_registry=f"{HOST}:{plan.private}",
        domain=DOMAIN,
        http=plan.http,
        https=plan.https,
        authority=folder / "previews.crt",
        first=first,
    )
    described.write()
    return described


async def _forget(name: str) -> None:
    """No control group of the cluster is left; a process that has just been killed may still be in one."""

    async def gone() -> bool:
        return control_groups.remove(name)

    await until(gone, f"the control groups {name} are gone")
