"""Users: a numeric user of its own for every confined command, remembered in the data folder.

Several installations may share a machine, so the first number tried follows from the data folder and one under
which anything runs is passed over. Whoever ends processes looks at their mark as well (finding.py).
"""

import fcntl
import json
import pwd
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psutil

from adapters.processes.writing import write_json
from domain.errors import PermanentError
from domain.phases import Reason


class Users:
    """Allots numbers from a range to names, at most one to each; safe between processes of one data folder."""

    def __init__(self, folder: Path, *, first: int = 61_000, last: int = 64_999) -> None:
        self._file = folder / "users.json"
        self._lock = folder / "users.lock"
        self._range = range(first, last + 1)

    def of(self, name: str) -> int:
        """The user of this name, allotted now if it has none; PermanentError if none is free."""
        with self._locked():
            allotted = self._read()
            if name not in allotted:
                allotted[name] = self._free(set(allotted.values()))
                write_json(self._file, allotted)
            return allotted[name]

    def under(self, prefix: str) -> dict[str, int]:
        """Every name that begins so, with its user."""
        with self._locked():
            return {name: user for name, user in self._read().items() if name.startswith(prefix)}

    def release(self, prefix: str) -> None:
        """No name that begins so has a user any more. Their processes and files have to be gone before."""
        with self._locked():
            kept = {name: user for name, user in self._read().items() if not name.startswith(prefix)}
            write_json(self._file, kept)

    def _free(self, allotted: set[int]) -> int:
        start = zlib.crc32(str(self._file).encode()) % len(self._range)
        turned = (*self._range[start:], *self._range[:start])
        running = _users_running()
        free = (user for user in turned if user not in allotted and user not in running and not _has_account(user))
        user = next(free, None)
        if user is None:
            raise PermanentError(
                f"all users from {self._range[0]} to {self._range[-1]} are taken; close some previews",
                reason=Reason.PLATFORM_REFUSED,
            )
        return user

    def _read(self) -> dict[str, int]:
        try:
            return json.loads(self._file.read_text())
        except FileNotFoundError:
            return {}

    @contextmanager
    def _locked(self) -> Generator[None]:
        self._lock.parent.mkdir(parents=True, exist_ok=True)
        with self._lock.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _users_running() -> set[int]:
    found: set[int] = set()
    for process in psutil.process_iter():
        try:
            found.add(process.uids().real)
        except psutil.Error:
            continue
    return found


def _has_account(user: int) -> bool:
    try:
        pwd.getpwuid(user)
    except KeyError:
        return False
    return True
