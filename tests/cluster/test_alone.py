"""A test cluster leaves its machine as it was: while it runs, after it, beside another, and when it is killed."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from embedded import leftovers
from tests import servers
from tests.cluster import available, control_groups
from tests.cluster.clusters import cluster as own_cluster
from tests.cluster.commands import found, output
from tests.cluster.described import Cluster
from tests.waiting import until
from tools.setup import ROOT

_OBSTACLE = available.obstacle({})

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.server,
    pytest.mark.slow,
    pytest.mark.skipif(_OBSTACLE is not None, reason=str(_OBSTACLE)),
]

PLACES = ("/run", "/var/", "/proc/sys", "/tmp/matinee-test-")  # noqa: S108 - looked at, not written to
KERNEL = ("vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops", "net/ipv4/ip_forward")


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder with a short path."""
    with servers.open_folder() as made:
        yield made


@pytest.fixture
async def second(folder: Path) -> AsyncGenerator[Cluster]:
    """A cluster beside the one that the whole run shares."""
    async with own_cluster(folder) as running:
        yield running


async def test_the_machine_is_as_it_was_while_a_cluster_runs_and_after_it(folder: Path) -> None:
    """Whoever works on this machine keeps addresses, routes, packet filter, mounts and kernel settings."""
    before, groups = await machine(), control_groups.names(os.getpid())
    async with own_cluster(folder) as running:
        during = await machine()
        first = psutil.Process(running.first)
        processes = [first, *first.children(recursive=True)]
        programs = {process.name() for process in processes}

    assert programs >= {"etcd", "kube-apiserver", "kubelet", "containerd", "kube-proxy", "coredns", "traefik"}
    assert during == before
    assert await machine() == before
    assert await ended(processes)
    assert control_groups.names(os.getpid()) == groups


async def test_two_clusters_run_at_once(cluster: Cluster, second: Cluster) -> None:
    """Two people, or two runs, do not meet: what one writes the other does not see."""
    await second.kubectl("create", "namespace", "only-here")

    spaces = [(await one.kubectl("get", "namespaces", "--output=name")).split() for one in (cluster, second)]
    assert ["namespace/only-here" in names for names in spaces] == [False, True]
    assert [await node_is_ready(one) for one in (cluster, second)] == [True, True]


async def test_nothing_of_a_killed_cluster_runs_on(folder: Path) -> None:
    """After a kill that leaves no time to tidy up, the kernel ends all, and the next start removes the rest."""
    before = await machine()
    keeper = kept(folder)
    try:
        await until(lambda: exists(folder / "kept"), "the cluster works", seconds=180)
        processes = leftovers.family(keeper.pid)
    finally:
        keeper.send_signal(signal.SIGKILL)
        keeper.wait()

    await until(lambda: ended(processes), "every process has ended")
    assert len(processes) > 10
    assert await machine() == before
    await until(lambda: swept(keeper.pid), "its control groups are gone")


def kept(folder: Path) -> subprocess.Popen[bytes]:
    """A process that keeps a cluster in the folder."""
    return subprocess.Popen([sys.executable, "-m", "tests.cluster", "keep", str(folder)], cwd=ROOT)


async def machine() -> dict[str, str]:
    """What a cluster could change of this machine."""
    ip = found("ip")
    rules = [await output(found(name)) for name in ("iptables-save", "ip6tables-save")]
    return {
        "addresses": await output(ip, "-brief", "address"),
        "links": await output(ip, "-brief", "link"),
        "routes": await output(ip, "route", "show", "table", "all"),
        # Comments carry the time of day.
        "rules": "\n".join(line for text in rules for line in text.splitlines() if not line.startswith("#")),
        "mounts": "\n".join(sorted(await asyncio.to_thread(mounts))),
        "kernel": await output(found("cat"), *(f"/proc/sys/{name}" for name in KERNEL)),
    }


def mounts() -> list[str]:
    """What is mounted where a cluster mounts; elsewhere others may work meanwhile."""
    lines = [line.split() for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    return [" ".join(words[3:5]) for words in lines if words[4].startswith(PLACES)]


async def swept(process: int) -> bool:
    """Whether the next start would find no control groups of that process's clusters."""
    control_groups.sweep()
    return not control_groups.names(process)


async def exists(file: Path) -> bool:
    """Whether it is there."""
    return await asyncio.to_thread(file.exists)


async def ended(processes: list[psutil.Process]) -> bool:
    """Whether none of them runs; one that nobody waited for does not either."""
    for one in processes:
        with suppress(psutil.NoSuchProcess):
            if one.is_running() and one.status() != psutil.STATUS_ZOMBIE:
                return False
    return True


async def node_is_ready(one: Cluster) -> bool:
    """Whether pods can run there."""
    return " Ready " in await one.kubectl("get", "nodes")
