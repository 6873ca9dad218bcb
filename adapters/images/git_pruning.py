"""Prunes the trees of commits that a preview no longer needs, so that a long pull request does not fill the disk."""

import fcntl
import os
from collections import defaultdict
from collections.abc import Collection
from pathlib import Path

from adapters.images.git_places import COMMIT, TreePlaces, taken
from adapters.processes.folders import delete


def prune(folder: Path, commits: Collection[str]) -> None:
    """Of this preview's trees only those of these commits are left, and what is being built just now."""
    for name, paths in _by_tree(folder).items():
        if name.partition("-")[0] not in commits:
            _drop(TreePlaces(folder, name), paths)


def _by_tree(folder: Path) -> dict[str, list[Path]]:
    """What there is of each tree: the tree itself, its draft, log and lock."""
    found: defaultdict[str, list[Path]] = defaultdict(list)
    for path in folder.iterdir():
        name = path.name.partition(".")[0]
        if COMMIT.fullmatch(name.partition("-")[0]):
            found[name].append(path)
    return found


def _drop(places: TreePlaces, paths: list[Path]) -> None:
    descriptor = taken(places.lock, fcntl.LOCK_EX)
    if descriptor is None:
        return
    try:
        for path in paths:
            delete(path) if path.is_dir() else path.unlink(missing_ok=True)
        places.lock.unlink(missing_ok=True)
    finally:
        os.close(descriptor)
