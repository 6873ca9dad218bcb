"""What the fake GitHub keeps: repositories with real git digests, pull requests, comments, statuses, Deployments."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tests.fakes.forges import Files


@dataclass(frozen=True)
class Entry:
    """One line of a tree."""

    path: str
    type: str
    sha: str


@dataclass(frozen=True, kw_only=True)
class Commit:
    """A commit: its tree, its files, and when its committer says that it was made."""

    sha: str
    tree: str
    files: dict[str, bytes]
    message: str
    date: datetime


@dataclass(kw_only=True)
class Pull:
    """A pull request. `head_repository` is None after its fork was deleted, `author` after its account was."""

    number: int
    title: str
    author: str | None
    head: str
    head_branch: str
    head_repository: str | None
    base: str
    created_at: datetime
    updated_at: datetime
    state: str = "open"
    draft: bool = False
    labels: list[str] = field(default_factory=list[str])


@dataclass(kw_only=True)
class Comment:
    """A comment on a pull request."""

    id: int
    number: int
    author: str
    body: str


@dataclass(kw_only=True)
class Status:
    """One status of a commit."""

    id: int
    sha: str
    context: str
    state: str
    description: str
    target_url: str | None
    creator: str


@dataclass(kw_only=True)
class Said:
    """One status of a Deployment."""

    id: int
    state: str
    description: str
    environment_url: str


@dataclass(kw_only=True)
class Deployment:
    """A Deployment with its statuses, the oldest first."""

    id: int
    sha: str
    environment: str
    creator: str
    transient: bool
    statuses: list[Said] = field(default_factory=list[Said])

    @property
    def state(self) -> str:
        """The newest status; `pending` before the first."""
        return self.statuses[-1].state if self.statuses else "pending"


@dataclass(kw_only=True)
class Repository:
    """One repository and all that belongs to it. `tree_limit` is how many entries one answer lists at most."""

    id: int
    full_name: str
    tip: str = ""
    next_number: int = 1
    tree_limit: int = 100_000
    permissions: dict[str, str] = field(default_factory=dict[str, str])
    commits: dict[str, Commit] = field(default_factory=dict[str, Commit])
    trees: dict[str, tuple[Entry, ...]] = field(default_factory=dict[str, tuple[Entry, ...]])
    pulls: dict[int, Pull] = field(default_factory=dict[int, Pull])
    comments: list[Comment] = field(default_factory=list[Comment])
    statuses: list[Status] = field(default_factory=list[Status])
    deployments: list[Deployment] = field(default_factory=list[Deployment])

    @property
    def owner(self) -> str:
        """Who owns it."""
        return self.full_name.partition("/")[0]

    @property
    def environments(self) -> tuple[str, ...]:
        """Environments come into being with their first Deployment."""
        return tuple(sorted({deployment.environment for deployment in self.deployments}))

    def commit(self, parent: str, files: Files, *, message: str, date: datetime) -> str:
        """A new commit with its parent's files and these."""
        content = (self.commits[parent].files if parent else {}) | dict(files)
        tree = self._grow({tuple(path.split("/")): body for path, body in content.items()})
        facts = f"{tree}\n{parent}\n{len(self.commits)}\n{message}"
        sha = hashlib.sha1(facts.encode(), usedforsecurity=False).hexdigest()
        self.commits[sha] = Commit(
            sha=sha, tree=tree, files=content, message=message, date=date.astimezone(UTC).replace(microsecond=0)
        )
        return sha

    def below(self, tree: str, prefix: str = "") -> list[Entry]:
        """Every entry of a tree and of the trees in it."""
        found: list[Entry] = []
        for entry in self.trees[tree]:
            found.append(Entry(prefix + entry.path, entry.type, entry.sha))
            if entry.type == "tree":
                found += self.below(entry.sha, f"{prefix}{entry.path}/")
        return found

    def _grow(self, files: dict[tuple[str, ...], bytes]) -> str:
        entries = [Entry(path[0], "blob", blob_digest(body)) for path, body in files.items() if len(path) == 1]
        for folder in sorted({path[0] for path in files if len(path) > 1}):
            inside = {path[1:]: body for path, body in files.items() if path[0] == folder and len(path) > 1}
            entries.append(Entry(folder, "tree", self._grow(inside)))
        listed = tuple(sorted(entries, key=lambda entry: entry.path))
        sha = hashlib.sha1(repr(listed).encode(), usedforsecurity=False).hexdigest()
        self.trees[sha] = listed
        return sha


def blob_digest(content: bytes) -> str:
    """The digest that git gives to this content."""
    return hashlib.sha1(b"blob %d\x00" % len(content) + content, usedforsecurity=False).hexdigest()
