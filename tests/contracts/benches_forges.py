"""Benches of the forges that need no server: the fake one, and bare repositories driven by real git."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from adapters.forges.git import GitForge
from domain.comments import render_comment
from domain.names import Key
from domain.ports import Forge
from tests.contracts.forge_bench import BASE_FILES, Files, ForgeBench, ForgeBenchOpener
from tests.fakes.forges import FakeForge
from tests.fakes.worktrees import Worktree


class FakeBench:
    """The fake forge."""

    repository = "acme/shop"

    def __init__(self) -> None:
        self.fake = FakeForge()
        self.forge: Forge = self.fake
        self.fake.add(self.repository, BASE_FILES)

    async def open(self, branch: str, files: Files, *, title: str = "A change") -> Key:
        """A new pull request."""
        return self.fake.open(self.repository, files, branch=branch, title=title)

    async def push(self, key: Key, files: Files) -> str:
        """One more commit."""
        return self.fake.push(key, files)

    async def close(self, key: Key) -> None:
        """Closed."""
        self.fake.close(key)

    async def reopen(self, key: Key) -> Key:
        """Open again, under the same number."""
        self.fake.reopen(key)
        return key

    async def shown(self, key: Key) -> tuple[str, ...]:
        """The last report as a comment."""
        report = self.fake.last_report(key)
        return (render_comment(report, installation="matinee"),) if report else ()


class GitBench:
    """Bare repositories, pushed to from a real working copy; no hook runs, as a forge must do without."""

    repository = "acme/shop"

    def __init__(self, forge: GitForge, bare: Path, worktree: Worktree) -> None:
        self._git = forge
        self.forge: Forge = forge
        self._bare = bare
        self._worktree = worktree

    async def open(self, branch: str, files: Files, *, title: str = "A change") -> Key:
        """A branch, pushed."""
        commit = self._worktree.commit(branch, files, title=title, start="main")
        self._worktree.push(self._bare, branch)
        return await self._open_at(commit)

    async def push(self, key: Key, files: Files) -> str:
        """The branch, pushed again."""
        branch = (await self._git.pull_request(key)).head_branch
        commit = self._worktree.commit(branch, files)
        self._worktree.push(self._bare, branch)
        return commit

    async def close(self, key: Key) -> None:
        """The branch, deleted."""
        branch = (await self._git.pull_request(key)).head_branch
        self._worktree.delete(self._bare, branch)
        await self._git.refresh(self.repository)

    async def reopen(self, key: Key) -> Key:
        """The branch, pushed again: a new number."""
        closed = await self._git.pull_request(key)
        self._worktree.push(self._bare, closed.head_branch)
        return await self._open_at(closed.head.commit)

    async def shown(self, key: Key) -> tuple[str, ...]:
        """The Markdown beside the repository."""
        path = self._bare / "matinee" / "reports" / f"{key.number}.md"
        return (path.read_text(),) if path.exists() else ()

    async def _open_at(self, commit: str) -> Key:
        return next(pull.key for pull in await self._git.open_pull_requests() if pull.head.commit == commit)


@asynccontextmanager
async def open_fake(_: Path) -> AsyncGenerator[ForgeBench]:
    """A fake forge with one repository."""
    yield FakeBench()


@asynccontextmanager
async def open_git(folder: Path) -> AsyncGenerator[ForgeBench]:
    """A local forge with one repository and a working copy beside it. Its hook runs nothing: the port is tried here."""
    forge = GitForge(instance="git", folder=folder / "forge", now=lambda: datetime.now(UTC), python="/bin/true")
    bare = await forge.create(GitBench.repository)
    worktree = Worktree(folder / "work")
    worktree.commit("main", BASE_FILES, title="Begin")
    worktree.push(bare, "main")
    yield GitBench(forge, bare, worktree)


FORGE_BENCHES: dict[str, ForgeBenchOpener] = {"fake": open_fake, "git": open_git}
"""What tests/contracts/test_forges.py runs over."""
