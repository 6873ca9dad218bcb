"""Takes away what renderings left behind whose worker was ended in the middle of them."""

from pathlib import Path

from adapters.processes.folders import delete

_LOST = 3600.0
"""Seconds after which a folder is nobody's any more; the longest rendering has a tenth of that."""


def forget_lost(folder: Path, newest: Path) -> tuple[str, ...]:
    """The names of the folders that are now gone: those made an hour before `newest`, which was just made there."""
    before = newest.stat().st_mtime - _LOST
    lost = [path for path in folder.iterdir() if path.is_dir() and _made(path) < before]
    for path in lost:
        delete(path)
    return tuple(path.name for path in lost)


def _made(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        # Another worker of this folder was faster.
        return float("inf")
