"""The logs of the parts: files of limited size, and their last lines for errors."""

import os
from pathlib import Path

LIMIT = 5 * 1024 * 1024
"""Bytes of a log that are kept at least; it is cut back to half when it has grown beyond this."""

_TAIL_LINES = 8
_TAIL_CHARACTERS = 500


def opened(path: Path) -> int:
    """A file descriptor that appends to the log, so that cutting the file back leaves no hole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def trim(path: Path, limit: int = LIMIT) -> None:
    """The log is no longer than `limit` bytes; of a longer one the newest half of that is left, in whole lines.

    What is written at the very moment of the cut may be lost; a log is worth less than a full disk.
    """
    if path.stat().st_size <= limit:
        return
    with path.open("r+b") as file:
        file.seek(-(limit // 2), os.SEEK_END)
        newest = file.read().partition(b"\n")[2]
        file.seek(0)
        file.write(newest)
        file.truncate()


def tail(path: Path, since: int = 0) -> str:
    """The last lines written after the first `since` bytes, few enough for an error message."""
    if not path.exists():
        return ""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(min(since, size), size - 16 * _TAIL_CHARACTERS))
        text = file.read().decode(errors="replace")
    return "\n".join(text.rstrip().splitlines()[-_TAIL_LINES:])[-_TAIL_CHARACTERS:]
