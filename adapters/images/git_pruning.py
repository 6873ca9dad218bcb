"""Prunes the trees of commits that a preview no longer needs, so that a long pull request does not fill the disk."""

import fcntl
import os
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from adapters.images.git_places import COMMIT, TreePlaces, taken
from adapters.processes.folders import delete


def prune(folder: Path, commits: Collection[str]) -> None:
    """Of this preview's trees only those of these commits are left, and what is being built just now."""
    for name in {path.name.partition(".")[0] for path in folder.iterdir()}:
        commit = name.partition("-")[0]
        if COMMIT.fullmatch(commit) and commit not in commits:
            _drop(TreePlaces(folder, name))


def _drop(places: TreePlaces) -> None:
    descriptor = taken(places.lock, fcntl.LOCK_EX)
    if descriptor is None:
        return
    # What cannot be dropped now is dropped with the next push, or at the close: the image that was asked for is there.
    with suppress(OSError):
        if places.tree.is_dir():
            # By a rename, so that whatever has a tree's name is whole, also after a crash in here.
            delete(places.draft)
            places.tree.rename(places.draft)
        delete(places.draft)
        places.log.unlink(missing_ok=True)
        places.lock.unlink(missing_ok=True)
    os.close(descriptor)
