"""Where the git image store keeps trees, whose they are, and who may change them when.

images/<label>.lock                     shared by those who build, exclusive for whoever removes
images/<label>/mark.json                whose it is: written first, deleted last
images/<label>/<commit>-<build>/        a finished tree; it appears whole, by a rename
images/<label>/<commit>-<build>.draft/  a tree being built: tree/ and home/; a crash may leave it
images/<label>/<commit>-<build>.log     what the build wrote
images/<label>/<commit>-<build>.lock    held by whoever builds that tree
"""

import asyncio
import fcntl
import os
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from adapters.marks import Mark, from_json
from adapters.processes.writing import read_json, write_json
from domain.errors import PermanentError, TemporaryError
from domain.names import fingerprint
from domain.phases import Reason
from domain.ports import Beat

MARK_FILE = "mark.json"

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_PAUSE = 0.1


@dataclass(frozen=True)
class TreePlaces:
    """The places of one tree: the label's folder and the tree's own name in it."""

    folder: Path
    name: str

    @property
    def tree(self) -> Path:
        """The finished tree."""
        return self.folder / self.name

    @property
    def draft(self) -> Path:
        """What is being built; its path marks the processes of the build."""
        return self.folder / f"{self.name}.draft"

    @property
    def log(self) -> Path:
        """What the build wrote."""
        return self.folder / f"{self.name}.log"

    @property
    def lock(self) -> Path:
        """Held by whoever builds it."""
        return self.folder / f"{self.name}.lock"


def folder_of(root: Path, label: str) -> Path:
    """The folder of a preview's trees; PermanentError if the label could name another place."""
    if _LABEL.fullmatch(label) is None:
        raise PermanentError(f"{label!r} is no label of a preview", reason=Reason.NOT_OURS)
    return root / label


def lock_of(folder: Path) -> Path:
    """The lock of a preview's folder, which stands beside it so that the folder can go."""
    return folder.with_name(f"{folder.name}.lock")


def places_of(folder: Path, commit: str, build: tuple[str, ...]) -> TreePlaces:
    """The places of this commit built by this command; PermanentError if that is no commit."""
    if _COMMIT.fullmatch(commit) is None:
        raise PermanentError(f"{commit[:80]!r} is no commit; give its whole hexadecimal id", reason=Reason.BUILD_FAILED)
    return TreePlaces(folder, f"{commit}-{fingerprint(*build)}")


def claim(folder: Path, mark: Mark) -> None:
    """The folder is there with this mark; PermanentError if it has another's, or that of a later request."""
    refuse_foreign_and_late(folder, mark)
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    if (wanted := mark.following(found := mark_of(folder))) != found:
        write_json(folder / MARK_FILE, wanted.to_json())


def refuse_foreign_and_late(folder: Path, mark: Mark) -> None:
    """Returns if the folder is ours or absent, and no later request than the mark's was carried out."""
    refuse_foreign(folder, mark)
    mark.refuse_late(mark_of(folder), folder.name, Reason.IMAGE_REFUSED)


def refuse_foreign(folder: Path, mark: Mark) -> None:
    """Returns if the folder is ours, or absent, or what a crash left before it was marked; NOT_OURS if not."""
    if not mark.owns(folder, mark_of(folder)):
        raise PermanentError(
            f"the image folder {folder.name} is there already and has another mark, so it is not touched; "
            f"see {folder / MARK_FILE}",
            reason=Reason.NOT_OURS,
        )


def mark_of(folder: Path) -> Mark | None:
    """Whose folder it is, None if it has no mark that can be read."""
    return from_json(read_json(folder / MARK_FILE))


@asynccontextmanager
async def held(
    lock: Path, *, exclusive: bool, beat: Beat = lambda: None, seconds: float | None = None
) -> AsyncGenerator[None]:
    """Inside the block the lock is ours, in this process and among all others of this machine.

    TemporaryError(TEARDOWN_BLOCKED) if others still have it after so many seconds; None waits on.
    """
    lock.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
    try:
        async with asyncio.timeout(seconds):
            descriptor = await _awaited(lock, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH, beat)
    except TimeoutError as error:
        raise TemporaryError(f"{lock.stem} is still being built", reason=Reason.TEARDOWN_BLOCKED) from error
    try:
        yield
    finally:
        os.close(descriptor)


async def _awaited(lock: Path, kind: int, beat: Beat) -> int:
    while (descriptor := _taken(lock, kind)) is None:
        beat()
        await asyncio.sleep(_PAUSE)
    return descriptor


def _taken(lock: Path, kind: int) -> int | None:
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        # Whoever removes deletes the lock's file too: then what we hold is nobody's lock any more.
        if os.fstat(descriptor).st_ino == lock.stat().st_ino:
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(descriptor)
    return None
