"""Benches of the image stores that build: the fake one, and git with real repositories and real builds."""

import hashlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from adapters.images.git import GitImages
from domain.ports import Images
from tests.contracts.images_bench import ImagesBench, ImagesBenchOpener
from tests.fakes.images import FakeImages, Shelf
from tests.fakes.worktrees import Worktree

_BUILD = 'echo "$MATINEE_COMMIT" >> {counts}; cp page.txt built.txt'


class FakeBench:
    """The fake store."""

    def __init__(self) -> None:
        shelf: Shelf = {}
        self.fake = FakeImages(instance="store", shelf=shelf)
        self.images: Images = self.fake
        self.other: Images = FakeImages(instance="store", installation="other", shelf=shelf)

    def commit(self, text: str) -> str:
        """The digest of the text."""
        return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

    def broken(self) -> str:
        """A commit that the fake was told about."""
        commit = self.commit("broken")
        self.fake.fails[commit] = "cannot find the moon"
        return commit

    def builds(self, commit: str) -> int:
        """As the fake counts."""
        return self.fake.builds[commit]


class GitBench:
    """Trees of a real repository; each build adds a line to a file outside of its tree."""

    def __init__(self, folder: Path) -> None:
        self._work = Worktree(folder / "work")
        self._counts = folder / "counts"
        self._counts.touch()
        self.images: Images = self._store(folder, "matinee")
        self.other: Images = self._store(folder, "other")

    def commit(self, text: str) -> str:
        """A commit with a page and the script that builds it."""
        script = _BUILD.format(counts=self._counts)
        return self._work.commit("main", {"page.txt": text.encode(), "build.sh": script.encode()})

    def broken(self) -> str:
        """A commit with a script that fails."""
        return self._work.commit("main", {"build.sh": b"echo cannot find the moon; exit 3"})

    def builds(self, commit: str) -> int:
        """As many as wrote the line."""
        return self._counts.read_text().split().count(commit)

    def _store(self, folder: Path, installation: str) -> GitImages:
        return GitImages(
            instance="store",
            installation=installation,
            folder=folder / "images",
            repositories=lambda _: self._work.folder / ".git",
            now=lambda: datetime.now(UTC),
        )


@asynccontextmanager
async def _fake(_: Path) -> AsyncGenerator[ImagesBench]:
    yield FakeBench()


@asynccontextmanager
async def _git(folder: Path) -> AsyncGenerator[ImagesBench]:
    yield GitBench(folder)


IMAGES_BENCHES: dict[str, ImagesBenchOpener] = {"fake": _fake, "git": _git}
