"""Namespaces: of network, mounts and processes, in which a test cluster works; and doors through their wall.

When the first process of them ends, however that happens, the kernel ends all the others, and takes away every mount,
address and rule. So nothing has to be undone.
"""

import os
import signal
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import psutil

from embedded.processes import Program, running
from tests.cluster.commands import PATH, found
from tests.cluster.inside import READY

_ROOT = Path(__file__).resolve().parents[2]
_START_WITHIN = 180.0


@asynccontextmanager
async def namespaces(folder: Path) -> AsyncGenerator[int]:
    """The first process of namespaces in which the cluster works."""
    first = Path(__file__).with_name("first_process.py")
    unshare = (found("unshare"), "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
    program = Program(
        name="Cluster",
        command=(*unshare, *_python(first), *_module("tests.cluster.inside", folder)),
        folder=folder,
        cure=f"The logs in {folder / 'parts'} say more.",
        environment={"PATH": PATH, "PYTHONPATH": str(_ROOT), **_cache()},
        # It is the kernel that ends what is inside, and it does so at once.
        stop=signal.SIGKILL,
    )

    async def ready() -> bool:
        return (folder / READY).exists()

    async with running(program, ready, within=_START_WITHIN) as part:
        first = psutil.Process(part.pid).children()[0].pid
        try:
            yield first
        finally:
            # Killed from here it takes all others with it, and only then does its parent end.
            with suppress(ProcessLookupError):
                os.kill(first, signal.SIGKILL)
            await part.exit_code()


def _python(script: Path) -> tuple[str, ...]:
    """How a script that needs no package is run."""
    return (sys.executable, "-I", "-S", str(script))


def _module(name: str, *arguments: str | Path) -> tuple[str, ...]:
    """How a module of this project is run."""
    return (sys.executable, "-m", name, *map(str, arguments))


def _cache() -> dict[str, str]:
    """Where the built programs are, if that was said."""
    place = os.environ.get("MATINEE_CACHE")
    return {"MATINEE_CACHE": place} if place else {}


@asynccontextmanager
async def doors(folder: Path, first: int, ways: Sequence[str], *, name: str) -> AsyncGenerator[None]:
    """These doors are open; see tests/cluster/doors.py for how one is written."""
    heard = [int(door.partition("=")[0].rpartition(":")[2]) for door in ways if door.startswith("in:")]
    program = Program(
        name=name,
        command=(*_python(Path(__file__).with_name("doors.py")), str(first), *ways),
        folder=folder,
        ports=tuple(heard),
        cure="Another program may have taken the port in this moment: say it again.",
    )

    async def ready() -> bool:
        return True

    async with running(program, ready):
        yield
