"""What lies in a repository of GitHub at a commit: files, folders, and the commit itself.

Paths come from definitions, so from strangers, and githubkit does not escape them in addresses. They are quoted, or
looked up in trees by name.
"""

import base64
from datetime import datetime
from urllib.parse import quote

from adapters.forges.github_access import GitHubAccess
from adapters.forges.github_asking import ask, split
from adapters.forges.github_failures import Absent
from adapters.forges.github_models import Commit, Content, Tree, TreeEntry
from domain.errors import PermanentError
from domain.phases import Reason
from domain.pulls import Blob

_DATES_KEPT = 10_000
_AS_OBJECT = {"Accept": "application/vnd.github.object+json"}
"""Makes a folder an object too, and leaves out what is larger than 1 MB, which bounds the answer."""


class GitHubContents:
    """Reads the contents of commits."""

    def __init__(self, access: GitHubAccess) -> None:
        self._access = access
        # The date of a commit never changes, so each is asked for once.
        self._dates: dict[str, datetime] = {}

    async def file(self, repository: str, commit: str, path: str) -> bytes | None:
        """The content of a file of at most 1 MB, or None if that commit has no such file."""
        parts = _parts(path)
        content = await self._content(repository, commit, "/".join(parts)) if parts else None
        if content is None or content.type != "file":
            return None
        if content.encoding != "base64":
            raise PermanentError(
                f"{path} of {repository} at {commit[:8]} has {content.size} bytes; at most 1 MB is read",
                reason=Reason.FORGE_REFUSED,
            )
        return base64.b64decode(content.content)

    async def blobs(self, repository: str, commit: str, path: str) -> tuple[Blob, ...]:
        """The file at this path, or every file below this folder, ordered by path.

        Only the folder itself is listed with all that is below it, so that a large repository is no obstacle.
        """
        parts = _parts(path)
        tree = commit
        for depth, part in enumerate(parts, 1):
            entries = await self._tree(repository, tree, recursive=False)
            entry = next((each for each in entries if each.path == part), None)
            if entry is not None and entry.type == "blob" and depth == len(parts):
                return (Blob(path="/".join(parts), digest=entry.sha),)
            if entry is None or entry.type != "tree":
                return ()
            tree = entry.sha
        below = await self._tree(repository, tree, recursive=True)
        return tuple(sorted(Blob("/".join([*parts, each.path]), each.sha) for each in below if each.type == "blob"))

    async def date(self, repository: str, commit: str) -> datetime:
        """When the commit was made, by the clock of whoever made it."""
        if commit not in self._dates:
            read = await self._commit(repository, commit)
            if len(self._dates) >= _DATES_KEPT:
                self._dates.clear()
            self._dates[commit] = read.committer.date
        return self._dates[commit]

    async def _content(self, repository: str, commit: str, path: str) -> Content | None:
        client = await self._access.client(repository)
        owner, name = split(repository)
        call = client.rest.repos.async_get_content(owner, name, quote(path), ref=commit, headers=_AS_OBJECT)
        try:
            return await ask(call, Content, f"read {path} of {repository} at {commit[:8]}")
        except Absent:
            # Only where the commit can be read is it the file that is not there; otherwise this raises.
            await self._commit(repository, commit)
            return None

    async def _commit(self, repository: str, commit: str) -> Commit:
        client = await self._access.client(repository)
        owner, name = split(repository)
        call = client.rest.git.async_get_commit(owner, name, quote(commit, safe=""))
        return await ask(call, Commit, f"read commit {commit[:8]} of {repository}")

    async def _tree(self, repository: str, tree: str, *, recursive: bool) -> list[TreeEntry]:
        client = await self._access.client(repository)
        owner, name = split(repository)
        git, sha = client.rest.git, quote(tree, safe="")
        # Any value of `recursive` means yes, so the parameter is left out for no.
        call = (
            git.async_get_tree(owner, name, sha, recursive="1") if recursive else git.async_get_tree(owner, name, sha)
        )
        read = await ask(call, Tree, f"read a folder of {repository} at {tree[:8]}")
        if read.truncated:
            raise PermanentError(
                f"a folder of {repository} has more files than GitHub lists at once: name a smaller one",
                reason=Reason.FORGE_REFUSED,
            )
        return read.tree


def _parts(path: str) -> list[str]:
    """The parts of a path from the root; none if it leaves the tree, as no file of a commit can."""
    parts = [part for part in path.split("/") if part not in {"", "."}]
    if ".." in parts:
        raise PermanentError(f"{path} leaves the repository: write a path from its root", reason=Reason.FORGE_REFUSED)
    return parts
