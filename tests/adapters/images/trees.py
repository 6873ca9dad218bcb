"""A git image store with a working copy to commit to, for tests of what strangers may commit."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from adapters.images.git import GitImages
from adapters.processes.users import Users
from domain.definitions import Service
from domain.names import Key
from domain.requests import ImageRequest
from domain.resources import Image, Removal
from tests.fakes.worktrees import Worktree

KEY = Key("acme/shop", 12)
LABEL = "shop-12"


@dataclass
class Trees:
    """A store in this folder, and the repository that it builds from."""

    folder: Path
    build_limit: float = 60.0
    own_users: bool = field(default_factory=lambda: os.geteuid() == 0)

    def __post_init__(self) -> None:
        """The repository is there, without a commit."""
        self.work = Worktree(self.folder / "work")
        self.root = self.folder / "images"
        self.images = self.store(self.work.folder / ".git")

    def store(self, repository: Path | str) -> GitImages:
        """A store that builds from this repository, wherever it is."""
        return GitImages(
            instance="git",
            installation="matinee",
            folder=self.root,
            repositories=lambda _: repository,
            now=lambda: datetime.now(UTC),
            users=Users(self.folder) if self.own_users else None,
            build_limit=self.build_limit,
        )

    def commit(self, files: Mapping[str, bytes]) -> str:
        """A commit of these files."""
        return self.work.commit("main", files)

    def commit_without_filters(self, files: Mapping[str, bytes]) -> str:
        """A commit of these files as they are, whatever filters the repository names."""
        lines = [
            f"100644 blob {self._made('hash-object', '-w', '--stdin', fed=files[name])}\t{name}\n" for name in files
        ]
        return self.work.git("commit-tree", "-m", "By hand", self.made_by_hand("".join(lines)))

    def made_by_hand(self, listing: str) -> str:
        """A tree of exactly these lines, which no clone would have made."""
        return self._made("mktree", fed=listing.encode())

    def _made(self, *arguments: str, fed: bytes) -> str:
        git = ("git", *arguments)
        return (
            subprocess.run(git, cwd=self.work.folder, input=fed, capture_output=True, check=True)
            .stdout.decode()
            .strip()
        )

    async def built(self, commit: str, script: str = "true") -> Image:
        """The image of this commit, built by this shell script."""
        return await self.images.resolve(self.request(commit, script), lambda: None)

    def request(self, commit: str, script: str) -> ImageRequest:
        """What a workflow asks for a service that is built by this shell script."""
        service = Service(name="web", build=("sh", "-c", script), command=("true",))
        return ImageRequest(key=KEY, label=LABEL, instance="git", commit=commit, service=service)

    def removal(self) -> Removal:
        """What a teardown asks."""
        entries = self.images.entries("git", LABEL)
        return Removal(key=KEY, label=LABEL, port="images", instance="git", generation=1, entries=entries)

    def drafts(self) -> list[str]:
        """What builds have left behind that is no finished tree."""
        return [path.name for path in (self.root / LABEL).glob("*.draft")]


def tree_of(image: Image) -> Path:
    """The folder that the image refers to."""
    return Path(image.reference.removeprefix("file://"))
