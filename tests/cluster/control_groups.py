"""Control groups: the kernel's accounts of pods, one tree for each test cluster, which are no namespace's own."""

import errno
import os
import uuid
from contextlib import suppress
from pathlib import Path

import psutil

_ROOT = Path("/sys/fs/cgroup")
_PREFIX = "matinee-test-"


def new_name() -> str:
    """A name that no other cluster has, and that says which process wants it."""
    return f"{_PREFIX}{os.getpid()}-{uuid.uuid4().hex[:8]}"


def sweep() -> None:
    """No groups are left of clusters whose process was killed before it could remove them."""
    for hierarchy in (_ROOT, *_hierarchies()):
        for group in hierarchy.glob(f"{_PREFIX}*-*"):
            if not psutil.pid_exists(int(group.name.removeprefix(_PREFIX).partition("-")[0])):
                _removed(group)


def make(name: str) -> None:
    """The kubelet of the cluster of this name has groups below which it can make those of pods."""
    if (_ROOT / "cgroup.controllers").exists():
        (_ROOT / name).mkdir(exist_ok=True)
        return
    for hierarchy in _hierarchies():
        (hierarchy / name).mkdir(exist_ok=True)


def remove(name: str) -> bool:
    """Whether nothing of these groups is left; what a process is still leaving stays for the next call."""
    removed = [_removed(hierarchy / name) for hierarchy in (_ROOT, *_hierarchies())]
    return all(removed)


def names(process: int) -> set[str]:
    """The names of the clusters of this process whose groups exist."""
    own = f"{_PREFIX}{process}-*"
    return {group.name for hierarchy in (_ROOT, *_hierarchies()) for group in hierarchy.glob(own)}


def _hierarchies() -> list[Path]:
    """Where version 1 of control groups has its trees; none with version 2 alone."""
    with suppress(FileNotFoundError):
        return [place for place in _ROOT.iterdir() if place.is_dir() and (place / "cgroup.procs").exists()]
    return []


def _removed(group: Path) -> bool:
    """Whether the group and all below it are gone."""
    if not group.exists():
        return True
    below = [_removed(child) for child in group.iterdir() if child.is_dir()]
    try:
        group.rmdir()
    except OSError as error:
        if error.errno not in {errno.EBUSY, errno.ENOTEMPTY, errno.ENOENT}:
            raise
    return all(below) and not group.exists()
