"""A clone of the example, as a developer would have it: commits and pushes with git itself."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from starter.commands.gitting import git


class Clone:
    """A git repository made of the example's files; `remote` is where it is pushed to."""

    def __init__(self, folder: Path, example: Path, remote: Path) -> None:
        self._folder = folder
        self._example = example
        self._remote = remote

    async def begin(self) -> None:
        """The example is the first commit of `main`, here and at the remote."""
        shutil.copytree(self._example, self._folder, ignore=shutil.ignore_patterns("__pycache__", "dist"))
        await self._git("init", "--quiet", "--initial-branch=main")
        await self._git("add", "--all")
        await self._git("commit", "--quiet", "--message=Open the shop")
        await self.push("main")

    async def commit(self, branch: str, files: Mapping[str, str]) -> str:
        """The id of a new commit on this branch in which these files are so."""
        new = not await self._git("branch", "--list", branch)
        await self._git("checkout", "--quiet", *(("-b",) if new else ()), branch)
        for path, content in files.items():
            (self._folder / path).write_text(content)
        await self._git("add", "--all")
        await self._git("commit", "--quiet", f"--message=Change {', '.join(files)}")
        return await self._git("rev-parse", "HEAD")

    async def push(self, branch: str) -> None:
        """The branch is at the remote, and its hook has shown all it had to show."""
        await self._git("push", "--quiet", str(self._remote), branch)

    async def delete(self, branch: str) -> None:
        """The branch is gone from the remote."""
        await self._git("push", "--quiet", str(self._remote), f":{branch}")

    async def _git(self, *arguments: str) -> str:
        """What git answers; its settings are not this user's, so that the demo is the same everywhere."""
        program = shutil.which("git") or "git"
        environment = {
            "PATH": f"{Path(program).parent}:{os.defpath}",
            "HOME": str(self._folder.parent),
            "GIT_CONFIG_NOSYSTEM": "1",
            **{f"GIT_{who}_NAME": "Ada" for who in ("AUTHOR", "COMMITTER")},
            **{f"GIT_{who}_EMAIL": "ada@example.test" for who in ("AUTHOR", "COMMITTER")},
        }
        return await git(self._folder, *arguments, environment=environment)
