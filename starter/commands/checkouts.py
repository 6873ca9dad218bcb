"""Checkouts: a repository of the user's own, as git on this machine tells of it."""

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path

from domain.errors import PermanentError
from starter.commands.gitting import git, succeeds

_DEFAULTS = ("main", "master", "trunk", "develop")


@dataclass(frozen=True)
class Checkout:
    """A repository with files, by its root."""

    root: Path

    @property
    def name(self) -> str:
        """The folder's name in the letters that a repository's name may have."""
        return re.sub(r"[^A-Za-z0-9_.-]+", "-", self.root.name).strip("-.") or "app"

    async def branch(self) -> str:
        """The branch that is checked out; PermanentError with the cure if none is."""
        branch = await git(self.root, "branch", "--show-current")
        if not branch:
            raise PermanentError(f"no branch is checked out in {self.root}; name one with --branch")
        return branch

    async def head(self, branch: str) -> str:
        """The commit at the end of the branch; PermanentError that names the branches there are if it is none."""
        if await succeeds(self.root, "rev-parse", "--verify", "--quiet", f"refs/heads/{branch}"):
            return await git(self.root, "rev-parse", f"refs/heads/{branch}")
        known = await self._branches()
        if not known:
            raise PermanentError(f"{self.root} has no commit yet; commit something, then try again")
        raise PermanentError(f"{self.root} has no branch {branch}; it has {', '.join(known)}")

    async def default_branch(self) -> str:
        """The branch that others are compared with: main or its like, else the first one there is."""
        branches = await self._branches()
        return next((name for name in _DEFAULTS if name in branches), branches[0] if branches else _DEFAULTS[0])

    async def holds(self, branch: str, path: str) -> bool:
        """Whether the branch's last commit has this file."""
        return await succeeds(self.root, "cat-file", "-e", f"refs/heads/{branch}:{path}")

    async def is_changed(self) -> bool:
        """Whether files that git knows differ from the last commit."""
        return bool(await git(self.root, "status", "--porcelain", "--untracked-files=no"))

    async def push(self, remote: Path, source: str, target: str) -> None:
        """The remote's branch `target` is where our branch `source` is, and its hook has said all it has to say."""
        # Without our user's own hooks, as nothing is published.
        refs = f"refs/heads/{source}:refs/heads/{target}"
        await git(self.root, "push", "--quiet", "--force", "--no-verify", str(remote), refs)

    async def _branches(self) -> list[str]:
        return (await git(self.root, "for-each-ref", "--format=%(refname:short)", "refs/heads")).split()


async def checkout_at(path: Path) -> Checkout:
    """The checkout that this folder is in; PermanentError with the cure if it is in none."""
    if not await succeeds(path, "rev-parse", "--show-toplevel"):
        raise PermanentError(
            f"{await asyncio.to_thread(path.resolve)} is no git repository with files; "
            "run `git init` there and commit what the preview shall run"
        )
    return Checkout(Path(await git(path, "rev-parse", "--show-toplevel")))


async def claimed(remote: Path, checkout: Checkout) -> bool:
    """Whether this bare repository is the checkout's: made for it, or not yet anybody's."""
    if await succeeds(remote, "config", "--get", "matinee.source"):
        return Path(await git(remote, "config", "--get", "matinee.source")) == checkout.root
    await git(remote, "config", "matinee.source", str(checkout.root))
    return True
