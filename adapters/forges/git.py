"""The local forge: bare repositories in one folder, where every branch but the default one is a pull request.

It needs no server and no account: `git push` opens and moves a pull request, deleting the branch closes it. A
branch that comes back after that is a new pull request with a new number (adapters/forges/numbering.py). Whoever
can push here can write to the folder anyway, so nobody is a stranger.
"""

import re
import shlex
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from adapters.forges import repositories
from adapters.forges.gitting import MISSING, run
from adapters.forges.keeping import keep_numbering, keep_report, load_numbering, load_report, locked, write
from adapters.forges.numbering import Numbering, Pull, changes, reconciled, recorded
from adapters.forges.repositories import Refs
from domain.comments import render_comment
from domain.errors import MatineeError, PermanentError
from domain.names import Key
from domain.phases import Reason
from domain.pulls import Blob, PullChange, PullRequest, RefUpdate, Revision
from domain.reports import Report

OLDEST_GIT = (2, 32)
"""The first git that can be told to read no configuration of the user's (GIT_CONFIG_GLOBAL)."""

_REPOSITORY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*/[A-Za-z0-9_][A-Za-z0-9_.-]*(?<!\.git)")

_HOOK = """\
#!/bin/sh
# Written by Matinee, anew at every start: tells it what was pushed and shows the preview's checklist.
exec {python} -P -m starter.commands.hook {repository}
"""


class GitForge:
    """The port Forge over `<folder>/<owner>/<name>.git`; `python` is what the hook of a repository runs.

    The branches are read anew for every answer. What git cannot tell, which is the numbers and the instants of
    pushes, is kept beside them and corrected by every reading, so that a hook that never ran loses nothing.
    """

    def __init__(
        self,
        *,
        instance: str,
        folder: Path,
        now: Callable[[], datetime],
        installation: str = "matinee",
        python: str = sys.executable,
    ) -> None:
        self.instance = instance
        self._folder = folder.absolute()
        self._now = now
        self._installation = installation
        self._python = python

    async def create(self, repository: str, default_branch: str = "main") -> Path:
        """The repository's folder, which is what to push to: made if it is new, its hook up to date anyway."""
        folder = self._path(repository)
        if not (folder / "HEAD").exists():
            folder.mkdir(parents=True, exist_ok=True)
            await run(folder, "init", "--quiet", "--bare", "--template=", f"--initial-branch={default_branch}")
            # Else git tidies up in the background after a push, and outlives a demo that should leave nothing.
            await run(folder, "config", "gc.autoDetach", "false")
        hook = folder / "hooks" / "post-receive"
        hook.parent.mkdir(exist_ok=True)
        script = _HOOK.format(python=shlex.quote(self._python), repository=shlex.quote(repository))
        write(hook, script.encode())
        hook.chmod(0o755)
        return folder

    async def record(self, repository: str, updates: tuple[RefUpdate, ...]) -> tuple[PullChange, ...]:
        """The pull requests that a push opened, moved or closed; its hook calls this. Safe to repeat."""
        folder = self._known(repository)
        async with locked(folder):
            before = load_numbering(folder)
            refs = await repositories.refs(folder)
            after = recorded(before, updates, refs.tips, self._now())
            _keep_changed(folder, before, after)
        return changes(repository, before, after, updates)

    async def refresh(self, repository: str) -> tuple[PullChange, ...]:
        """The pull requests that were opened, moved or closed without the news of it; none if no hook was lost."""
        return await self.record(repository, ())

    async def pull_request(self, key: Key) -> PullRequest:
        """The pull request as the branches are now; PermanentError(FORGE_REFUSED) if none ever had that number."""
        folder = self._known(key.repository)
        numbering, refs = await self._read(folder)
        return await _described(folder, key, _numbered(numbering, key), refs)

    async def open_pull_requests(self) -> tuple[PullRequest, ...]:
        """Every open pull request of every repository in the folder, by repository and number."""
        found: list[PullRequest] = []
        for folder in sorted(self._folder.glob("*/*.git")):
            numbering, refs = await self._read(folder)
            repository = f"{folder.parent.name}/{folder.name.removesuffix('.git')}"
            found += [
                await _described(folder, Key(repository, number), pull, refs)
                for number, pull in sorted(numbering.pulls.items())
                if pull.closed_at is None
            ]
        return tuple(found)

    async def file(self, repository: str, commit: str, path: str) -> bytes | None:
        """The content of a regular file at a commit; None for a folder, a symbolic link and what is not there."""
        folder = self._known(repository)
        found = [file for file in await repositories.tree(folder, commit, path) if file.path == path]
        return await repositories.content(folder, found[0]) if found and found[0].is_regular else None

    async def blobs(self, repository: str, commit: str, path: str) -> tuple[Blob, ...]:
        """The file at this path, or every file below this folder, with git's own digests; the root is empty."""
        files = await repositories.tree(self._known(repository), commit, path)
        return tuple(Blob(file.path, file.digest) for file in files)

    async def report(self, report: Report) -> None:
        """The report lies beside the repository, for the hook as JSON and for people as Markdown."""
        folder = self._known(report.key.repository)
        numbering, _ = await self._read(folder)
        _numbered(numbering, report.key)
        keep_report(folder, report, render_comment(report, installation=self._installation))

    def last_report(self, key: Key) -> Report | None:
        """The report that the pull request shows now, or None while it shows none."""
        return load_report(self._known(key.repository), key.number)

    async def examine(self) -> tuple[str, ...]:
        """What keeps this forge from working, each with its cure; empty if nothing does."""
        try:
            answer = repositories.text(await run(self._folder, "version"))
        except MatineeError as error:
            return (error.message,)
        found = re.search(r"(\d+)\.(\d+)", answer)
        if found is None or (int(found[1]), int(found[2])) < OLDEST_GIT:
            return (f"{MISSING}; this is {answer.strip()}",)
        return ()

    async def _read(self, folder: Path) -> tuple[Numbering, Refs]:
        async with locked(folder):
            before = load_numbering(folder)
            refs = await repositories.refs(folder)
            after = reconciled(before, refs.tips, self._now())
            _keep_changed(folder, before, after)
        return after, refs

    def _path(self, repository: str) -> Path:
        if _REPOSITORY.fullmatch(repository) is None:
            raise PermanentError(
                f"{repository!r} is no name of a repository; write it as OWNER/NAME", reason=Reason.FORGE_REFUSED
            )
        return self._folder / f"{repository}.git"

    def _known(self, repository: str) -> Path:
        folder = self._path(repository)
        if not (folder / "HEAD").exists():
            raise PermanentError(
                f"the local forge {self.instance} has no repository {repository}; `matinee try` makes one",
                reason=Reason.FORGE_REFUSED,
            )
        return folder


def _keep_changed(folder: Path, before: Numbering, after: Numbering) -> None:
    if after != before:
        keep_numbering(folder, after)


def _numbered(numbering: Numbering, key: Key) -> Pull:
    pull = numbering.pulls.get(key.number)
    if pull is None:
        raise PermanentError(f"the local forge knows no pull request {key}", reason=Reason.FORGE_REFUSED)
    return pull


async def _described(folder: Path, key: Key, pull: Pull, refs: Refs) -> PullRequest:
    return PullRequest(
        key=key,
        is_open=pull.closed_at is None,
        head=Revision(commit=pull.head, pushed_at=pull.pushed_at),
        base_commit=await repositories.merge_base(folder, pull.head, refs.default_tip),
        base_branch=refs.default_branch,
        head_branch=pull.branch,
        author=pull.author,
        title=pull.title,
        url="",
    )
