"""Detaching: processes of our own that outlive the worker, at most one for each folder.

Each holds a lock on its folder while it lives, by which a lost one is noticed, and carries a mark, by which one is
found that has not come so far yet.
"""

import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

from adapters.processes.confinements import MARK
from adapters.processes.finding import under

ROOT = Path(__file__).resolve().parents[3]
"""Where our packages lie."""

OWN = "/.own"
"""What the mark of a supervisor or a runner ends in, to tell it from what it runs."""

_SCRIPT = '"$@" </dev/null >>"$0" 2>&1 &'
_OTHERS_LOOK = 1.0  # Seconds in which whoever only looks has let go of the lock again.


def detach(module: str, folder: Path) -> None:
    """`python -m module folder` runs, as nobody's child and in a session of its own; what it prints is in `own.log`."""
    subprocess.run(  # noqa: S603 - our own interpreter, module and folder
        ("/bin/sh", "-c", _SCRIPT, str(folder / "own.log"), sys.executable, "-m", module, str(folder)),
        env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT), MARK: f"{folder}{OWN}"},
        cwd="/",
        umask=0o077,
        start_new_session=True,
        check=True,
    )


def is_attended(folder: Path) -> bool:
    """Whether a process of ours holds this folder, or has been started and is about to."""
    return _is_held(folder / ".lock") or bool(under(f"{folder}{OWN}"))


def _is_held(lock: Path) -> bool:
    try:
        descriptor = os.open(lock, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def attend(folder: Path) -> bool:
    """Whether this folder is now ours until we end; False if another process holds it."""
    descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    stop = time.monotonic() + _OTHERS_LOOK
    while time.monotonic() < stop:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # A lock of another process announces its end to nobody who must not wait for longer.
            time.sleep(0.02)
        else:
            return True
    return False


def end_when_asked() -> None:
    """SIGTERM ends us as an exception does, so that what we started can be ended first."""
    signal.signal(signal.SIGTERM, _leave)


def end_undisturbed() -> None:
    """A further SIGTERM does not interrupt the ending."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit
