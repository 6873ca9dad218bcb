"""Gathers what a program may see of a repository: copies of some folders, in a folder of their own.

A link is followed if it stays in the repository, and copied as what it leads to. Whatever would lead out of it is
refused, so that no file of this machine ends up in a preview.
"""

import os
import shutil
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from adapters.documents.problems import quotable
from adapters.rendering.problems import refused

_DEEPEST = 30


@dataclass(frozen=True, kw_only=True)
class Room:
    """How much may be gathered."""

    files: int = 2000
    size: int = 20_000_000


def inside(tree: Path, path: str) -> Path:
    """Where this path of the repository really is; PermanentError if it is not there or leads out."""
    real = Path(os.path.realpath(tree / path.lstrip("/")))
    if path.startswith("/") or not real.is_relative_to(os.path.realpath(tree)):
        raise leads_out(path)
    if not real.exists():
        raise refused(f"{quotable(path)} is not in the repository at this commit; write a path from its root")
    return real


def folder_inside(tree: Path, path: str) -> Path:
    """The same for a folder."""
    place = inside(tree, path)
    if not place.is_dir():
        raise refused(f"{quotable(path)} is no folder; write the folder that it is in")
    return place


def leads_out(path: str) -> Exception:
    """The error for a path that is not the repository's."""
    return refused(f"{quotable(path)} leads out of the repository; copy what it names into the repository")


def gather(tree: Path, paths: Iterable[str], target: Path, room: Room | None = None) -> None:
    """Below `target`, which is there, each path of the tree is as it was, links written out."""
    gathering = _Gathering(tree, target, room or Room())
    for path in sorted({os.path.normpath(path) for path in paths}):
        inside(tree, path)
        gathering.take(path, depth=0)


class _Gathering:
    def __init__(self, tree: Path, target: Path, room: Room) -> None:
        self._tree = tree
        self._target = target
        self._room = room
        self._files = self._size = 0

    def take(self, path: str, depth: int) -> None:
        """This file, or this folder with all in it, is copied."""
        place, copy = inside(self._tree, path), self._target / path
        found = place.stat()
        if stat.S_ISDIR(found.st_mode):
            self._require_room(path, depth)
            copy.mkdir(mode=0o755, parents=True, exist_ok=True)
            for name in sorted(one.name for one in place.iterdir()):
                if name != ".git":
                    self.take(f"{path}/{name}", depth + 1)
        elif stat.S_ISREG(found.st_mode):
            self._files, self._size = self._files + 1, self._size + found.st_size
            self._require_room(path, depth)
            copy.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            shutil.copyfile(place, copy)
        else:
            raise refused(f"{quotable(path)} is neither a file nor a folder; take it out")

    def _require_room(self, path: str, depth: int) -> None:
        if depth > _DEEPEST:
            raise refused(f"{quotable(path)} is more than {_DEEPEST} folders deep; a link may lead to itself")
        if self._files > self._room.files or self._size > self._room.size:
            raise refused(
                f"there are more than {self._room.files} files or {self._room.size} bytes beside {quotable(path)}; "
                "give the manifests a folder of their own"
            )
