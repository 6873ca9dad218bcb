"""Gitting: git as the person at this terminal runs it, on a repository of their own."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping
from pathlib import Path

from domain.errors import PermanentError
from domain.escaping import plain


async def git(folder: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> str:
    """What git answers in this folder; PermanentError with its own words if it refuses.

    Cancelled, it is ended with all that it started, hooks included. `environment` None is the present one.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *("git", "-C", str(folder), *arguments),
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            # Of its own, so that Ctrl-C in the terminal is ours to handle.
            start_new_session=True,
        )
    except FileNotFoundError as error:
        raise PermanentError("git is not installed here: install git 2.32 or newer") from error
    try:
        output, complaint = await process.communicate()
    finally:
        await _ended(process)
    if process.returncode != 0:
        words = plain(complaint.decode(errors="replace")).strip() or f"ended with {process.returncode}"
        raise PermanentError(f"git {arguments[0]} in {folder}: {words}")
    return output.decode(errors="replace").strip()


async def succeeds(folder: Path, *arguments: str) -> bool:
    """Whether git says yes, for its commands that answer by their exit code."""
    try:
        await git(folder, *arguments)
    except PermanentError:
        return False
    return True


async def _ended(process: asyncio.subprocess.Process) -> None:
    """The process and the session that it leads are gone; nothing changes if it has ended by itself."""
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.communicate()
