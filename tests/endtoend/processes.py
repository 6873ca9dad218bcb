"""Processes: commands run to their end, and whatever runs that belongs to a folder."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]

_AS_ADA = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Ada"), ("EMAIL", "ada@example.test"))
}


@dataclass(frozen=True)
class Done:
    """How a command ended, and all that it printed."""

    code: int
    text: str

    @property
    def lines(self) -> list[str]:
        """What it printed, without what git adds to the lines of a hook."""
        return [line.removeprefix("remote: ").rstrip() for line in self.text.splitlines() if line.strip()]


def matinee(*arguments: str) -> tuple[str, ...]:
    """The words that run `matinee` of this very tree."""
    return (sys.executable, "-P", "-m", "starter.commands", *arguments)


async def ran(
    *command: str, environment: Mapping[str, str] | None = None, folder: Path = ROOT, seconds: float = 120
) -> Done:
    """The end of a command; one that does not end is killed, with all that it started, and fails the test."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": "/", "PYTHONPATH": str(ROOT), **_AS_ADA, **(environment or {})},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(seconds):
            output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    return Done(process.returncode or 0, output.decode())


def belonging(folder: Path) -> list[psutil.Process]:
    """Every process with this folder, or a place in it, on its command line, in its environment or as its own."""
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            words = (*process.cmdline(), *process.environ().values(), process.cwd())
            inside = any(word == str(folder) or f"{folder}/" in f"{word}/" for word in words)
            if inside and process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def end_all(folder: Path) -> None:
    """Nothing that belongs to the folder runs any more."""
    for process in belonging(folder):
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(belonging(folder), timeout=10)


def arguments(process: psutil.Process) -> list[str]:
    """Its command line; nothing if it has ended meanwhile."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []
