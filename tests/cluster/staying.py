"""Staying: a test cluster that runs on after the command that started it, for a person to work with."""

import asyncio
import hashlib
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil

from domain.errors import PermanentError
from domain.phases import Reason
from embedded import leftovers
from tests.cluster import control_groups, described
from tests.cluster.clusters import cluster
from tests.cluster.control_plane import kubeconfig
from tests.cluster.described import Cluster
from tests.waiting import until
from tools.setup import ROOT, cache

_GRACE = 60.0
_LOOK_SECONDS = 1.0


def place() -> Path:
    """The folder of this clone's cluster."""
    return cache() / "clusters" / hashlib.sha256(str(ROOT).encode()).hexdigest()[:16]


async def up() -> Cluster:
    """The cluster runs, and goes on running; the one that does already is kept."""
    folder = place()
    if not _running(folder):
        down()
        folder.mkdir(parents=True)
        await _begin(folder)
    return described.read(kubeconfig(folder, "admin"))


def down() -> None:
    """Nothing of the cluster runs, and its folder is gone."""
    folder = place()
    leftovers.end_leftover(_process_file(folder), signal.SIGTERM, _GRACE)
    control_groups.sweep()
    shutil.rmtree(folder, ignore_errors=True)


async def keep(folder: Path) -> None:
    """A cluster runs in the folder until this process is asked to stop, or the cluster ends by itself."""
    stop = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    async with cluster(folder) as running:
        _ready_file(folder).touch()
        while not stop.is_set() and running.first and psutil.pid_exists(running.first):
            try:
                await asyncio.wait_for(stop.wait(), _LOOK_SECONDS)
            except TimeoutError:
                continue


async def _begin(folder: Path) -> None:
    """A process that keeps the cluster runs, and the cluster works; PermanentError with what it said otherwise."""
    log = folder / "keeping.log"
    keeper = _keeper(folder, log)
    leftovers.remember(_process_file(folder), keeper.pid)

    async def works() -> bool:
        if keeper.poll() is not None:
            raise PermanentError(f"The cluster did not start. {log.read_text()}", reason=Reason.PLATFORM_UNAVAILABLE)
        return _ready_file(folder).exists()

    await until(works, f"the cluster works; its logs are in {folder}", seconds=300)


def _keeper(folder: Path, log: Path) -> subprocess.Popen[bytes]:
    """The process that keeps the cluster; no terminal's end is its own."""
    with log.open("w") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.cluster", "keep", str(folder)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def _running(folder: Path) -> bool:
    """Whether the cluster of this folder works."""
    return leftovers.remembered(_process_file(folder)) is not None and _ready_file(folder).exists()


def _process_file(folder: Path) -> Path:
    """What names the process that keeps the cluster; beside the folder, which is to be empty at first."""
    return folder.with_suffix(leftovers.SUFFIX)


def _ready_file(folder: Path) -> Path:
    """What is there once tests can begin."""
    return folder / "kept"
