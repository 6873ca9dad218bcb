"""Logs of confined commands: files that a command writes itself and that are kept small from outside.

A command writes into the file and not into a pipe, so that it goes on when whoever watches it is lost.
"""

import os
from pathlib import Path

LIMIT = 1 << 20
_KEPT = LIMIT // 4


def opened(file: Path) -> int:
    """A descriptor to append with. Only the owner of Matinee may read the file, whoever writes to it."""
    return os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)


def trim(file: Path) -> None:
    """The file is below LIMIT; its last lines before that are in `<name>.old`.

    As everybody appends, a writer goes on at the new end. What it writes in the very instant of the cut is lost.
    """
    try:
        if file.stat().st_size < LIMIT:
            return
    except FileNotFoundError:
        return
    old = file.with_name(f"{file.name}.old")
    old.write_bytes(_end_of(file, _KEPT))
    old.chmod(0o600)
    os.truncate(file, 0)


def tail(file: Path, lines: int) -> str:
    """The last lines written, also across a cut."""
    text = _text(file)
    if text.count("\n") < lines:
        text = _text(file.with_name(f"{file.name}.old")) + text
    return "\n".join(text.splitlines()[-lines:])


def append(file: Path, line: str) -> None:
    """A line of our own, told apart by `matinee:`, stands at the end."""
    descriptor = opened(file)
    try:
        os.write(descriptor, f"matinee: {line}\n".encode())
    finally:
        os.close(descriptor)


def _text(file: Path) -> str:
    try:
        return _end_of(file, _KEPT).decode(errors="replace")
    except FileNotFoundError:
        return ""


def _end_of(file: Path, size: int) -> bytes:
    with file.open("rb") as stream:
        stream.seek(max(0, file.stat().st_size - size))
        return stream.read(size)
