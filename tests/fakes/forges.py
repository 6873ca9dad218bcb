"""FakeForge: a whole forge in memory, with verbs for what people do to pull requests."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from domain.errors import PermanentError, TemporaryError
from domain.names import Key
from domain.phases import Reason
from domain.pulls import Blob, PullRequest, Revision
from domain.reports import Report

Files = Mapping[str, bytes]
"""The files of a commit by path."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class FakeRepository:
    """A repository: its commits with all of their files, the tip of its default branch, its next number."""

    default_branch: str = "main"
    tip: str = ""
    next_number: int = 1
    commits: dict[str, dict[str, bytes]] = field(default_factory=dict[str, dict[str, bytes]])

    def commit(self, parent: str, files: Files) -> str:
        """A new commit, with its parent's files and these; its id is never that of another commit."""
        content = self.commits.get(parent, {}) | dict(files)
        facts = [parent, str(len(self.commits)), *(f"{path}={digest(content[path])}" for path in sorted(content))]
        commit = hashlib.sha1("\n".join(facts).encode(), usedforsecurity=False).hexdigest()
        self.commits[commit] = content
        return commit


class FakeForge:
    """The port Forge in memory. `away` makes every verb of the port fail for a while, as an outage would.

    As at GitHub, a pull request that is opened again keeps its number. `reports` keeps every report in order;
    what a pull request shows is the last. `asked` counts the calls of each verb of the port.
    """

    def __init__(self, *, instance: str = "fake", now: Callable[[], datetime] = _utc_now) -> None:
        self.instance = instance
        self.away = False
        self.repositories: dict[str, FakeRepository] = {}
        self.pulls: dict[Key, PullRequest] = {}
        self.reports: dict[Key, list[Report]] = {}
        self.asked: dict[str, int] = {}
        self._now = now

    def add(self, repository: str, files: Files, *, default_branch: str = "main") -> str:
        """A repository whose default branch has these files; the commit that has them."""
        made = FakeRepository(default_branch=default_branch)
        made.tip = made.commit("", files)
        self.repositories[repository] = made
        return made.tip

    def open(
        self,
        repository: str,
        files: Files,
        *,
        branch: str = "feature",
        title: str = "A change",
        author: str = "alice",
        draft: bool = False,
        stranger: bool = False,
        labels: tuple[str, ...] = (),
    ) -> Key:
        """A new pull request from the default branch, with these files changed; the repository is made if need be."""
        if repository not in self.repositories:
            self.add(repository, {})
        home = self.repositories[repository]
        key = Key(repository, home.next_number)
        home.next_number += 1
        self.pulls[key] = PullRequest(
            key=key,
            is_open=True,
            head=Revision(commit=home.commit(home.tip, files), pushed_at=self._now()),
            base_commit=home.tip,
            base_branch=home.default_branch,
            head_branch=branch,
            author=author,
            title=title,
            url=f"https://forge.example/{repository}/pull/{key.number}",
            draft=draft,
            stranger=stranger,
            labels=labels,
        )
        return key

    def push(self, key: Key, files: Files) -> str:
        """One more commit on the pull request's branch; its id. Closed, the pull request keeps the head it had."""
        pull = self.pulls[key]
        commit = self.repositories[key.repository].commit(pull.head.commit, files)
        if pull.is_open:
            self.pulls[key] = replace(pull, head=Revision(commit=commit, pushed_at=self._now()))
        return commit

    def change(self, key: Key, *, draft: bool | None = None, stranger: bool | None = None) -> None:
        """The pull request is or is no draft, and its author is or is no stranger, from now on."""
        pull = self.pulls[key]
        self.pulls[key] = replace(
            pull,
            draft=pull.draft if draft is None else draft,
            stranger=pull.stranger if stranger is None else stranger,
        )

    def close(self, key: Key) -> None:
        """The pull request is closed."""
        self.pulls[key] = replace(self.pulls[key], is_open=False)

    def reopen(self, key: Key) -> None:
        """The pull request is open again under the same number."""
        self.pulls[key] = replace(self.pulls[key], is_open=True)

    def forget(self, key: Key) -> None:
        """The forge answers as if there had never been such a pull request."""
        del self.pulls[key]

    def last_report(self, key: Key) -> Report | None:
        """What the pull request shows, or None while it shows nothing."""
        return self.reports[key][-1] if key in self.reports else None

    async def pull_request(self, key: Key) -> PullRequest:
        """The pull request as it is now. PermanentError(FORGE_REFUSED) if the forge knows none by that number."""
        self._ask("pull_request")
        return self._known(key)

    async def open_pull_requests(self) -> tuple[PullRequest, ...]:
        """Every open pull request of every repository, by key."""
        self._ask("open_pull_requests")
        return tuple(pull for _, pull in sorted(self.pulls.items()) if pull.is_open)

    async def file(self, repository: str, commit: str, path: str) -> bytes | None:
        """The content of a file at a commit, or None if that commit has no such file."""
        self._ask("file")
        return self._files(repository, commit).get(path)

    async def blobs(self, repository: str, commit: str, path: str) -> tuple[Blob, ...]:
        """The file at this path, or every file below this folder, at a commit, ordered by path."""
        self._ask("blobs")
        below = f"{path.rstrip('/')}/" if path else ""
        files = sorted(self._files(repository, commit).items())
        return tuple(Blob(name, digest(content)) for name, content in files if name == path or name.startswith(below))

    async def report(self, report: Report) -> None:
        """The pull request shows this report, in place of the one before it."""
        self._ask("report")
        self._known(report.key)
        self.reports.setdefault(report.key, []).append(report)

    def _ask(self, verb: str) -> None:
        self.asked[verb] = self.asked.get(verb, 0) + 1
        if self.away:
            raise TemporaryError(f"the forge {self.instance} does not answer", reason=Reason.FORGE_UNAVAILABLE)

    def _known(self, key: Key) -> PullRequest:
        if key not in self.pulls:
            raise PermanentError(f"the forge {self.instance} knows no pull request {key}", reason=Reason.FORGE_REFUSED)
        return self.pulls[key]

    def _files(self, repository: str, commit: str) -> dict[str, bytes]:
        home = self.repositories.get(repository)
        if home is None or commit not in home.commits:
            raise PermanentError(f"{repository} has no commit {commit}", reason=Reason.FORGE_REFUSED)
        return home.commits[commit]


def digest(content: bytes) -> str:
    """Git's own digest of a file's content, which is what forges tell."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
