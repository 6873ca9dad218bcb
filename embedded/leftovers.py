"""Leftovers: finding a part's processes again, and ending what a killed run left behind.

A process is known by its number *and* the instant it started, because numbers are given again. `psutil` compares
both before it sends a signal.
"""

import json
import os
import signal
from contextlib import suppress
from pathlib import Path

import psutil

SUFFIX = ".process"
"""How the files that name a process end."""

_SAME_INSTANT = 2.0
"""Seconds by which two readings of one start may differ: the kernel knows the boot's instant in whole seconds."""


def remember(file: Path, pid: int) -> None:
    """The file names this process, for a next start that finds it still running."""
    with suppress(psutil.NoSuchProcess):
        file.write_text(json.dumps({"pid": pid, "started": psutil.Process(pid).create_time()}))


def forget(file: Path) -> None:
    """The file names no process any more."""
    file.unlink(missing_ok=True)


def remembered(file: Path) -> psutil.Process | None:
    """The process that the file names, if that very process still runs."""
    try:
        entry = json.loads(file.read_text())
        process = psutil.Process(int(entry["pid"]))
        same = abs(process.create_time() - float(entry["started"])) < _SAME_INSTANT
        # A zombie does nothing any more; in a container without an init nobody ever takes it away.
        same = same and process.status() != psutil.STATUS_ZOMBIE
    except (OSError, ValueError, KeyError, TypeError, psutil.Error):
        # A file that is absent, cut short or about a process long gone says the same: nothing is left.
        return None
    return process if same and process.is_running() else None


def end_leftover(file: Path, stop: signal.Signals, grace: float) -> None:
    """Nothing that the file names runs any more: asked to stop first, killed after `grace` seconds."""
    process = remembered(file)
    if process is not None:
        members = family(process.pid)
        with suppress(psutil.NoSuchProcess):
            process.send_signal(stop)
        psutil.wait_procs([process], timeout=grace)
        kill([*members, *family(process.pid)])
        psutil.wait_procs(members, timeout=grace)
    forget(file)


def end_all(folder: Path, stop: signal.Signals, grace: float) -> None:
    """Nothing that the files of this folder name runs any more."""
    for file in folder.glob(f"*{SUFFIX}"):
        end_leftover(file, stop, grace)


def family(leader: int) -> list[psutil.Process]:
    """The leader, all that it started, and whatever else runs in its session, though its parent has died."""
    found: dict[int, psutil.Process] = {}
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(leader)
        found = {member.pid: member for member in (process, *process.children(recursive=True))}
    for pid in psutil.pids():
        with suppress(ProcessLookupError, PermissionError, psutil.NoSuchProcess):
            if pid not in found and os.getsid(pid) == leader:
                found[pid] = psutil.Process(pid)
    return list(found.values())


def kill(members: list[psutil.Process]) -> None:
    """Each of these very processes has been killed or was gone."""
    for member in members:
        with suppress(psutil.NoSuchProcess):
            member.kill()
