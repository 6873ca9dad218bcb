"""Exports a commit's files into a folder, and refuses a commit that would write or point out of it.

Blobs are read one by one. `git archive` would also run the filters that a repository's configuration names, and
leave unpacking a stranger's tar to us.
"""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from adapters.images.git_calling import output, started
from domain.errors import PermanentError, TemporaryError
from domain.phases import Reason

SIZE_LIMIT = 2 * 1024**3
"""Bytes that the files of a commit may have together."""

FILES_LIMIT = 100_000

_CHUNK = 1 << 20
_FILE, _PROGRAM, _LINK, _MODULE = b"100644", b"100755", b"120000", b"160000"
_MODES = {_FILE: 0o644, b"100664": 0o644, _PROGRAM: 0o755}


@dataclass(frozen=True)
class Item:
    """One file of a commit, as git lists it."""

    mode: bytes
    digest: bytes
    size: int
    path: str


def export(repository: Path, commit: str, target: Path, *, mark: Path) -> None:
    """`target`, which is made, holds the files of the commit; PermanentError(BUILD_FAILED) if they lead out of it."""
    items = _listed(repository, commit, mark)
    target.mkdir(mode=0o700, parents=True)
    links = [item for item in items if item.mode == _LINK]
    with started(repository, "cat-file", "--batch", mark=mark) as process:
        for item in items:
            if item.mode in _MODES:
                _write(item, _place(target, item), process)
            elif item.mode == _MODULE:
                # As in a clone: the folder of a submodule is there and is empty.
                _place(target, item).mkdir()
        # Links come last, so that no file is written through one.
        for item in links:
            _link(item, _place(target, item), process)
    for item in links:
        _require_inside(target, target / item.path)


def _listed(repository: Path, commit: str, mark: Path) -> list[Item]:
    try:
        listing = output(repository, "ls-tree", "-r", "-z", "-l", "--full-tree", commit, mark=mark)
    except TemporaryError as error:
        raise PermanentError(
            f"the repository has no commit {commit[:12]} to build ({error.message}); push it again",
            reason=Reason.BUILD_FAILED,
        ) from error
    items = list(_items(listing))
    if len(items) > FILES_LIMIT or sum(item.size for item in items) > SIZE_LIMIT:
        raise PermanentError(
            f"the commit has more than {FILES_LIMIT} files or {SIZE_LIMIT} bytes; use images of a registry",
            reason=Reason.BUILD_FAILED,
        )
    return items


def _items(listing: bytes) -> Iterator[Item]:
    for line in listing.split(b"\0")[:-1]:
        facts, _, path = line.partition(b"\t")
        mode, _, digest, size = facts.split()
        yield Item(mode, digest, int(size) if size.isdigit() else 0, os.fsdecode(path))


def _place(target: Path, item: Item) -> Path:
    parts = item.path.split("/")
    if any(part in ("", ".", "..") or part.lower() == ".git" for part in parts):
        raise _leads_out(item.path)
    place = target.joinpath(*parts)
    place.parent.mkdir(parents=True, exist_ok=True)
    return place


def _write(item: Item, place: Path, process: subprocess.Popen[bytes]) -> None:
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, _MODES[item.mode])
    with os.fdopen(descriptor, "wb") as file:
        for chunk in _content(item, process):
            file.write(chunk)
    # The mask that we run with is no part of the commit.
    place.chmod(_MODES[item.mode])


def _link(item: Item, place: Path, process: subprocess.Popen[bytes]) -> None:
    place.symlink_to(os.fsdecode(b"".join(_content(item, process))))


def _content(item: Item, process: subprocess.Popen[bytes]) -> Iterator[bytes]:
    questions, answers = _pipes(process)
    questions.write(item.digest + b"\n")
    questions.flush()
    facts = answers.readline().split()
    if facts[:2] != [item.digest, b"blob"]:
        raise TemporaryError(f"git cannot read {item.path}", reason=Reason.FORGE_UNAVAILABLE)
    left = int(facts[2])
    while left:
        chunk = answers.read(min(left, _CHUNK))
        if not chunk:
            raise TemporaryError(f"git ended while it read {item.path}", reason=Reason.FORGE_UNAVAILABLE)
        left -= len(chunk)
        yield chunk
    answers.read(1)


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    if process.stdin is None or process.stdout is None:
        raise TemporaryError("git was started without pipes", reason=Reason.UNKNOWN)
    return process.stdin, process.stdout


def _require_inside(target: Path, link: Path) -> None:
    # Only the real path tells: a link may lead out by way of another that seems harmless.
    real = Path(os.path.realpath(link))
    if link.readlink().is_absolute() or not real.is_relative_to(os.path.realpath(target)):
        raise _leads_out(str(link.relative_to(target)))


def _leads_out(path: str) -> PermanentError:
    return PermanentError(f"{path[:200]!r} leads out of the repository; take it out", reason=Reason.BUILD_FAILED)
