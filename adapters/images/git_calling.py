"""Calling git on repositories that nobody vouches for: nothing that they bring along is run or obeyed."""

import shutil
import subprocess
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from adapters.gitting import environment
from adapters.processes.confinements import MARK
from domain.errors import PermanentError, TemporaryError
from domain.phases import Reason

TIME_LIMIT = 120.0
"""Seconds for one command; a large repository takes a few."""


@contextmanager
def started(
    repository: Path, *arguments: str, mark: Path, settings: dict[str, str] | None = None, protocol: str = ""
) -> Generator[subprocess.Popen[bytes]]:
    """The command runs inside the block, with pipes, and has ended after it; `settings` may hold secrets.

    It carries `mark`, so that whoever removes what it writes can find and end it.
    """
    program = shutil.which("git")
    if program is None:
        raise PermanentError(
            "git is not installed here, and images are built with it: install it", reason=Reason.SETTINGS
        )
    process = subprocess.Popen(  # noqa: S603 - our own arguments; commits are checked before they come here
        (program, *arguments),
        cwd="/",
        env=environment(repository, settings, protocol) | {MARK: str(mark)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    timer = threading.Timer(TIME_LIMIT, process.kill)
    timer.start()
    try:
        with process:
            yield process
            process.kill()
    finally:
        timer.cancel()


def output(
    repository: Path, *arguments: str, mark: Path, settings: dict[str, str] | None = None, protocol: str = ""
) -> bytes:
    """What the command wrote; TemporaryError if it was refused or took longer than TIME_LIMIT."""
    with started(repository, *arguments, mark=mark, settings=settings, protocol=protocol) as process:
        written, complaint = process.communicate()
        code = process.returncode
    if code:
        words = complaint.decode(errors="replace").strip().splitlines()
        reason = words[-1] if words else "and said nothing"
        raise TemporaryError(f"git {arguments[0]} ended with {code}: {reason}", reason=Reason.FORGE_UNAVAILABLE)
    return written
