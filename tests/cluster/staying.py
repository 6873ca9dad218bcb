"""Staying: a test cluster that runs on after the command that started it, for a person to work with."""

import asyncio
import hashlib
import os
import shutil
import signal
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


async def up(folder: Path) -> Cluster:
    """The cluster of this folder runs, and goes on running; the one that does already is kept."""
    if not _running(folder):
        down(folder)
        await _begin(folder)
    return described.read(kubeconfig(folder, "admin"))


def down(folder: Path) -> None:
    """Nothing of the cluster of this folder runs, and the folder is gone."""
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
    log = _new_log(folder)
    file = _process_file(folder)
    leftovers.remember(file, _keeper(folder, log))

    async def works() -> bool:
        if leftovers.remembered(file) is None:
            raise PermanentError(f"The cluster did not start. {log.read_text()}", reason=Reason.PLATFORM_UNAVAILABLE)
        return _ready_file(folder).exists()

    await until(works, f"the cluster works; its logs are in {folder}", seconds=300)


def _new_log(folder: Path) -> Path:
    """The folder is there, and in it a file for what the process that keeps the cluster says."""
    folder.mkdir(parents=True)
    log = folder / "keeping.log"
    log.touch()
    return log


def _keeper(folder: Path, log: Path) -> int:
    """The process that keeps the cluster; no terminal's end is its own, and nobody here waits for it."""
    output = os.O_WRONLY | os.O_APPEND
    return os.posix_spawn(
        sys.executable,
        [sys.executable, "-m", "tests.cluster", "keep", str(folder)],
        os.environ | {"PYTHONPATH": str(ROOT)},
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), output, 0),
            (os.POSIX_SPAWN_OPEN, 2, str(log), output, 0),
        ],
        setsid=True,
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
