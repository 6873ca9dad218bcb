"""Repositories for tests: of the user's own, with git itself, and an application that answers without a database."""

import asyncio
import shutil
from collections.abc import Mapping
from pathlib import Path

from composition import git_forge
from domain.names import Key
from settings import load
from starter.commands.trying import OWNER
from tests.endtoend.processes import ROOT, Done, ran
from tests.endtoend.sets import Up

PAGE = """\
version: 1
services:
  web:
    build: echo nothing to build
    command: sh -c 'exec python3 -m http.server "$PORT" --bind 127.0.0.1'
    port: 8000
    public: true
    health: /
"""
"""The definition of an application that is one file."""

SHOP = ROOT / "examples" / "shop"


class Repository:
    """A repository with files in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def git(self, *arguments: str, seconds: float = 120) -> Done:
        """How git ended here."""
        return await ran("git", *arguments, folder=self.folder, seconds=seconds)

    async def commit(self, files: Mapping[str, str], branch: str = "main") -> str:
        """The id of a new commit on this branch, on top of what is checked out, in which these files are so."""
        if not await self._is_on(branch):
            await self._done("checkout", "--quiet", "-B", branch)
        for path, content in files.items():
            (self.folder / path).write_text(content)
        await self._done("add", "--all")
        await self._done("commit", "--quiet", "--allow-empty", "--message=Change")
        return (await self._done("rev-parse", "HEAD")).text.strip()

    async def push(self, *refs: str, seconds: float = 120) -> Done:
        """How a push to the remote `matinee` ended, with what its hook said."""
        return await self.git("push", "--force", "matinee", *refs, seconds=seconds)

    def key(self, number: int) -> Key:
        """The key of one of its pull requests in the local forge."""
        return Key(f"{OWNER}/{self.folder.name}", number)

    async def connect(self, up: Up) -> Path:
        """The bare repository of the local forge that is now the remote `matinee`, main pushed."""
        remote = await git_forge(load(up.data)).create(f"{OWNER}/{self.folder.name}")
        await self._done("remote", "add", "matinee", str(remote))
        assert (await self.push("main")).code == 0
        return remote

    async def _is_on(self, branch: str) -> bool:
        return (await self.git("branch", "--show-current")).text.strip() == branch

    async def _done(self, *arguments: str) -> Done:
        done = await self.git(*arguments)
        assert done.code == 0, done.text
        return done


def web_url(done: Done) -> str:
    """The URL of the service `web` that a command told."""
    return next(line.removeprefix("web: ") for line in done.lines if line.startswith("web: "))


async def page_repository(folder: Path, text: str = "one") -> Repository:
    """A repository whose main branch has the application that is one file."""
    repository = await _begun(folder)
    await repository.commit({".matinee.yaml": PAGE, "index.html": text})
    return repository


async def shop_repository(folder: Path) -> Repository:
    """A repository whose main branch is the example application."""
    repository = await _begun(folder)
    shutil.copytree(SHOP, folder, ignore=shutil.ignore_patterns("__pycache__", "dist"), dirs_exist_ok=True)
    await repository.commit({})
    return repository


async def _begun(folder: Path) -> Repository:
    repository = Repository(folder)
    await asyncio.to_thread(folder.mkdir, parents=True)
    done = await repository.git("init", "--quiet", "--initial-branch=main")
    assert done.code == 0, done.text
    return repository
