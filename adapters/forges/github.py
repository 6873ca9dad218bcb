"""GitHub as a forge: github.com or a GitHub Enterprise Server, as an App or with a token."""

import base64
from fnmatch import fnmatchcase
from types import TracebackType
from typing import Self

import httpx

from adapters.forges.github_access import PUBLIC, AppAuth, GitHubAccess, TokenAuth
from adapters.forges.github_contents import GitHubContents
from adapters.forges.github_pulls import GitHubPulls
from adapters.forges.github_reporting import GitHubReporter
from domain.errors import PermanentError
from domain.names import Key
from domain.phases import Reason
from domain.pulls import Blob, PullRequest
from domain.reports import Report

__all__ = ["AppAuth", "GitHubForge", "TokenAuth"]


class GitHubForge:
    """The pull requests of the repositories that match `repositories`: names, or for an App also patterns.

    `instance` is the name that settings give this forge, `installation` the half of every mark that is the same
    for all of this Matinee. `transport` replaces the network, for a proxy or a test. It is an async context
    manager; nothing is asked before the first verb, so that a worker starts while GitHub is away.
    """

    def __init__(
        self,
        *,
        instance: str,
        installation: str,
        auth: AppAuth | TokenAuth,
        repositories: tuple[str, ...],
        base_url: str = PUBLIC,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._instance = instance
        self._repositories = repositories
        self._is_app = isinstance(auth, AppAuth)
        self._access = GitHubAccess(auth, base_url=base_url, transport=transport)
        self._contents = GitHubContents(self._access)
        self._pulls = GitHubPulls(self._access, self._contents)
        self._reporter = GitHubReporter(self._access, installation=installation)

    async def __aenter__(self) -> Self:
        """Connections may be opened."""
        await self._access.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """All connections are closed."""
        await self._access.__aexit__(kind, error, trace)

    async def pull_request(self, key: Key) -> PullRequest:
        """The pull request as it is now."""
        self._check(key.repository)
        with self._access.using(key.repository):
            return await self._pulls.one(key)

    async def open_pull_requests(self) -> tuple[PullRequest, ...]:
        """Every open pull request of every repository that is served, or an error.

        One that another's closing moved between two pages may be missing; that is no word on whether it is closed.
        """
        found: list[PullRequest] = []
        for repository in await self._served():
            with self._access.using(repository):
                found += await self._pulls.open(repository)
        return tuple(sorted(found, key=lambda pull: pull.key))

    async def file(self, repository: str, commit: str, path: str) -> bytes | None:
        """The content of a file at a commit, or None if that commit has no such file."""
        self._check(repository)
        with self._access.using(repository):
            return await self._contents.file(repository, commit, path)

    async def blobs(self, repository: str, commit: str, path: str) -> tuple[Blob, ...]:
        """The file at this path, or every file below this folder, at a commit, ordered by path."""
        self._check(repository)
        with self._access.using(repository):
            return await self._contents.blobs(repository, commit, path)

    async def authorization(self, repository: str) -> str:
        """The value of the header `Authorization` with which git may fetch this repository."""
        self._check(repository)
        with self._access.using(repository):
            token = await self._access.reading_token(repository)
        # GitHub wants a user's name before a token, and takes this one for every kind of token.
        return "Basic " + base64.b64encode(f"x-access-token:{token}".encode()).decode()

    async def report(self, report: Report) -> None:
        """The pull request shows this report in its one comment, its status and its Deployments."""
        self._check(report.key.repository)
        with self._access.using(report.key.repository):
            await self._reporter.show(report)

    def _check(self, repository: str) -> None:
        if not self._serves(repository):
            raise PermanentError(
                f"{repository} is not among the repositories of the forge {self._instance}: add it to its settings",
                reason=Reason.FORGE_REFUSED,
            )

    def _serves(self, repository: str) -> bool:
        # GitHub takes names in any case, and so must whoever compares them.
        return any(fnmatchcase(repository.lower(), pattern.lower()) for pattern in self._repositories)

    async def _served(self) -> tuple[str, ...]:
        """The names of all repositories that are served; PermanentError names what cannot be."""
        named = {pattern for pattern in self._repositories if not set(pattern) & set("*?[")}
        if not self._is_app:
            self._demand_names(named)
            return tuple(sorted(named))
        listed = [repository for repository in await self._access.repositories() if self._serves(repository)]
        missing = {name.lower() for name in named} - {repository.lower() for repository in listed}
        if missing:
            raise PermanentError(
                f"the App of the forge {self._instance} is not installed in {', '.join(sorted(missing))}: "
                "install it there, or take the name out of the settings",
                reason=Reason.FORGE_REFUSED,
            )
        return tuple(listed)

    def _demand_names(self, named: set[str]) -> None:
        patterns = set(self._repositories) - named
        if patterns:
            raise PermanentError(
                f"the forge {self._instance} has a token, which cannot find what {', '.join(sorted(patterns))} "
                "matches: name each repository, or use an App",
                reason=Reason.SETTINGS,
            )
