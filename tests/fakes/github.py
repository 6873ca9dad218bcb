"""FakeGitHub: a GitHub in memory, with verbs for what people do there and an ASGI application for what programs do.

Reach it with `httpx.ASGITransport(fake.application)`. Every request is counted in `requests`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.applications import Starlette

from domain.names import Key
from tests.fakes import github_answers
from tests.fakes.forges import Files
from tests.fakes.github_hooks import Hook
from tests.fakes.github_limits import Guard, Limits
from tests.fakes.github_routes import routes
from tests.fakes.github_state import Comment, Pull, Repository


def utc_now() -> datetime:
    """This instant, in UTC."""
    return datetime.now(UTC)


@dataclass
class FakeGitHub:
    """One GitHub. An App is known by its id and public key, a person by a token; either may do what it wants.

    `installations` says at which owners the App is installed. A person's permission on a repository is what
    `permissions` says of them there, else `read`; `write` for whoever opens a pull request from a branch of it.
    """

    app_id: str = "1001"
    app_slug: str = "matinee-tests"
    public_key: str = ""
    tokens: dict[str, str] = field(default_factory=dict[str, str])
    installations: dict[int, str] = field(default_factory=dict[int, str])
    suspended: set[int] = field(default_factory=set[int])
    now: Callable[[], datetime] = utc_now
    repositories: dict[str, Repository] = field(default_factory=dict[str, Repository])
    hooks: list[Hook] = field(default_factory=list[Hook])
    limits: Limits = field(default_factory=Limits)
    requests: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    _ids: int = 0

    @property
    def application(self) -> Guard:
        """The API, behind its authentication and its limits."""
        return Guard(Starlette(routes=routes(self)), self)

    @property
    def writes(self) -> list[tuple[str, str]]:
        """The requests that changed something, tokens apart."""
        return [each for each in self.requests if each[0] != "GET" and not each[1].endswith("/access_tokens")]

    def next_id(self) -> int:
        """An id that nothing else has."""
        self._ids += 1
        return self._ids

    def find(self, owner: str, name: str) -> Repository | None:
        """The repository of that name, whatever its case."""
        wanted = f"{owner}/{name}".lower()
        return next((repo for repo in self.repositories.values() if repo.full_name.lower() == wanted), None)

    def may_see(self, asker: str, repo: Repository) -> bool:
        """Whether the asker may know of a repository: an App only where it is installed, and never suspended."""
        by_app = asker in {"app", f"{self.app_slug}[bot]"}
        return not by_app or repo.owner in self.installations.values()

    def add(self, full_name: str, files: Files) -> Repository:
        """A repository whose branch `main` has these files."""
        repo = Repository(id=self.next_id(), full_name=full_name)
        repo.tip = repo.commit("", files, message="Begin", date=self.now())
        self.repositories[full_name] = repo
        return repo

    async def open(
        self,
        repo: Repository,
        branch: str,
        files: Files,
        *,
        title: str = "A change",
        author: str | None = "ann",
        fork: Repository | None = None,
        date: datetime | None = None,
    ) -> Key:
        """A pull request with one commit, from a branch of the repository itself or of a fork."""
        if author and fork is None:
            repo.permissions.setdefault(author, "write")
        moment = self.now()
        head = repo.commit(repo.tip, files, message=title, date=date or moment)
        pull = Pull(
            number=repo.next_number,
            title=title,
            author=author,
            head=head,
            head_branch=branch,
            head_repository=(fork or repo).full_name,
            base=repo.tip,
            created_at=moment.replace(microsecond=0),
            updated_at=moment + timedelta(seconds=1),
        )
        repo.next_number += 1
        repo.pulls[pull.number] = pull
        await self.tell(repo, pull, "opened")
        return Key(repo.full_name, pull.number)

    async def push(self, key: Key, files: Files, *, date: datetime | None = None) -> str:
        """One more commit on a pull request; its id."""
        repo, pull = self.pull(key)
        moment = self.now()
        pull.head = repo.commit(pull.head, files, message="More", date=date or moment)
        pull.updated_at = moment + timedelta(seconds=1)
        await self.tell(repo, pull, "synchronize")
        return pull.head

    async def close(self, key: Key) -> None:
        """The pull request is closed."""
        repo, pull = self.pull(key)
        pull.state = "closed"
        await self.tell(repo, pull, "closed")

    async def reopen(self, key: Key) -> None:
        """The pull request is open again, under its number."""
        repo, pull = self.pull(key)
        pull.state = "open"
        await self.tell(repo, pull, "reopened")

    def comment(self, key: Key, body: str, *, author: str) -> Comment:
        """Somebody writes a comment."""
        repo, _ = self.pull(key)
        repo.comments.append(Comment(id=self.next_id(), number=key.number, author=author, body=body))
        return repo.comments[-1]

    def pull(self, key: Key) -> tuple[Repository, Pull]:
        """The repository and the pull request of this key."""
        repo = self.repositories[key.repository]
        return repo, repo.pulls[key.number]

    async def tell(self, repo: Repository, pull: Pull, action: str) -> None:
        """Every webhook gets the event, one after another."""
        head = self.repositories.get(pull.head_repository or "")
        payload: dict[str, Any] = {
            "action": action,
            "number": pull.number,
            "pull_request": github_answers.pull(repo, pull, head),
            "repository": github_answers.repository(repo),
            "sender": github_answers.account(pull.author or "ghost"),
        }
        for hook in self.hooks:
            await hook.send("pull_request", payload)
