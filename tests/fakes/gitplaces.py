"""Place: a local forge with a working copy to push to it from, for tests of what happens between the two."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from adapters.forges.git import GitForge
from tests.fakes.worktrees import Worktree

REPOSITORY = "acme/shop"


@dataclass
class Clock:
    """A clock that goes on by a second whenever it is read."""

    at: datetime = field(default=datetime(2026, 1, 1, tzinfo=UTC))

    def __call__(self) -> datetime:
        """The next second."""
        self.at += timedelta(seconds=1)
        return self.at


@dataclass
class Place:
    """A local forge with one repository, and a working copy to push from."""

    forge: GitForge
    bare: Path
    work: Worktree

    def pushed(self, branch: str, *, title: str = "A change") -> str:
        """A new commit on a branch, made from main if it is new, pushed without any hook."""
        known = self.work.git("branch", "--list", branch)
        commit = self.work.commit(branch, {"page.txt": title.encode()}, title=title, start="" if known else "main")
        self.work.push(self.bare, branch)
        return commit

    @classmethod
    async def made(cls, folder: Path) -> Self:
        """A forge whose main branch has one commit. Its hook runs nothing, as if it were lost every time."""
        forge = GitForge(instance="git", folder=folder / "forge", now=Clock(), python="/bin/true")
        bare = await forge.create(REPOSITORY)
        work = Worktree(folder / "work")
        work.commit("main", {"README.md": b"# Shop\n"}, title="Begin")
        work.push(bare, "main")
        return cls(forge, bare, work)
