"""Finding the processes of a command again, whoever started them and wherever they hid.

With a user of its own, everything of that user belongs to the command: leaving the session, clearing or forging the
environment or outliving the parent hides nothing. Without one, what has the mark, is in the session of such a
process or descends from one belongs to it.
"""

import os
import stat
from pathlib import Path

import psutil

from adapters.processes.confinements import MARK, Trace

_PROC = Path("/proc")


def processes_of(trace: Trace, *, thorough: bool = False) -> list[psutil.Process]:
    """Its processes that are alive, zombies left out.

    A process that forbade its own inspection belongs to root in /proc; only a `thorough` search, which costs ten
    times as much, finds it too.
    """
    if trace.user is None:
        return _of_mark(trace.mark, trace.session)
    candidates = _of_user(trace.user, thorough=thorough)
    return [process for process in candidates if not _is_foreign(_mark(process), trace.mark, trace.user)]


def under(folder: str) -> list[psutil.Process]:
    """The living processes whose mark is this folder or lies in it."""
    return [process for process in _living() if _is_under(_mark(process), folder)]


def lives(process: psutil.Process) -> bool:
    """Whether it still runs: neither gone, nor a zombie, nor another one that was given its number."""
    try:
        return process.is_running() and process.status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.Error:
        return False


def variables_of(process: psutil.Process) -> dict[str, str]:
    """The variables that the process started with; none if it may not be asked."""
    try:
        return process.environ()
    except (psutil.Error, OSError):
        return {}


def _mark(process: psutil.Process) -> str | None:
    return variables_of(process).get(MARK)


def _is_foreign(mark: str | None, folder: str, user: int) -> bool:
    """Whether a process of this user is another installation's, which may have been given the same number.

    Anybody can write a mark. So the folder that it names has to vouch for the user: one that nobody but us may write
    to, with something of this user in it, which no command can make.
    """
    if mark is None or _is_under(real := os.path.realpath(mark), os.path.realpath(folder)):
        return False
    try:
        kept = Path(real).stat()
    except OSError:
        return False
    ours = kept.st_uid == os.geteuid() and not kept.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return ours and any(_owner(Path(real, name)) == user for name in ("home", "tree"))


def _is_under(mark: str | None, folder: str) -> bool:
    return mark is not None and (mark == folder or mark.startswith(folder.rstrip("/") + "/"))


def _of_user(user: int, *, thorough: bool) -> list[psutil.Process]:
    if thorough or not _PROC.is_dir():
        return [process for process in _living() if _user(process) == user]
    found = (_opened(pid) for pid in psutil.pids() if _owner(_PROC / str(pid)) == user)
    return [process for process in found if process is not None and lives(process)]


def _of_mark(mark: str, session: int | None) -> list[psutil.Process]:
    living = _living()
    marked = [process for process in living if _is_under(_mark(process), mark)]
    sessions = {session, *map(_session, marked)} - {_session(psutil.Process()), None}
    same_session = [process for process in living if _session(process) in sessions]
    descended = [child for process in marked for child in _children(process)]
    return list({process.pid: process for process in (*marked, *same_session, *descended) if lives(process)}.values())


def _living() -> list[psutil.Process]:
    return [process for process in psutil.process_iter() if lives(process)]


def _opened(pid: int) -> psutil.Process | None:
    try:
        return psutil.Process(pid)
    except psutil.Error:
        return None


def _owner(path: Path) -> int | None:
    try:
        return path.lstat().st_uid
    except OSError:
        return None


def _user(process: psutil.Process) -> int | None:
    try:
        return process.uids().real
    except psutil.Error:
        return None


def _session(process: psutil.Process) -> int | None:
    try:
        return os.getsid(process.pid)
    except OSError:
        return None


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []
