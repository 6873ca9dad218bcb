"""Access to GitHub as an App or with a token: who we are, which client serves a repository, and how to ask.

githubkit makes an HTTP client for every call unless it is entered as a context, and then keeps it in a context
variable, which tasks started elsewhere do not see. So every client of its own shares one transport of ours, which
stays open until this is left. Its cache of tokens is one per process by default, and is one per access here.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import httpx
from githubkit import AppAuthStrategy, AppInstallationAuthStrategy, GitHub, TokenAuthStrategy
from githubkit.cache import MemCacheStrategy

from adapters.forges.github_asking import PAGE, ask, pages, split
from adapters.forges.github_models import Account, AppAccount, Installation, InstallationRepositories, Token
from domain.errors import PermanentError

PUBLIC = "https://api.github.com"
"""The API of github.com; an Enterprise Server has its own, `https://HOST/api/v3`."""

TIMEOUT = 20.0
"""Seconds for one request; GitHub ends its own after ten."""


@dataclass(frozen=True, kw_only=True)
class AppAuth:
    """Acting as a GitHub App, wherever it is installed."""

    app_id: str
    private_key: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class TokenAuth:
    """Acting as the person or bot whose token this is."""

    token: str = field(repr=False)


class _Shared(httpx.AsyncBaseTransport):
    """Passes requests on, and stays open when a client that used it is closed."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer of the transport beneath."""
        return await self._transport.handle_async_request(request)


class GitHubAccess:
    """Clients for every repository that an App or a token reaches, over one pool of connections."""

    def __init__(self, auth: AppAuth | TokenAuth, *, base_url: str, transport: httpx.AsyncBaseTransport | None) -> None:
        self._transport = transport or httpx.AsyncHTTPTransport(http2=False, retries=1)
        self._base_url = base_url
        self._tokens = MemCacheStrategy()
        self._auth = auth
        self._root = self._client(_strategy(auth))
        self._installed: dict[str, GitHub[Any]] = {}
        self._login = ""

    async def __aenter__(self) -> Self:
        """Nothing is asked yet, so that a worker starts while GitHub is away."""
        await self._transport.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """All connections are closed."""
        await self._transport.__aexit__(kind, error, trace)

    async def client(self, repository: str) -> GitHub[Any]:
        """The client that may read and write this repository."""
        if isinstance(self._auth, TokenAuth):
            return self._root
        if repository not in self._installed:
            found = await self._installation(repository)
            self._installed[repository] = self._client(_strategy(self._auth, found))
        return self._installed[repository]

    async def reading_token(self, repository: str) -> str:
        """A token that can read this repository's contents; an App's can do nothing else and ends within an hour."""
        if isinstance(self._auth, TokenAuth):
            return self._auth.token
        found = await self._installation(repository)
        _, name = split(repository)
        call = self._root.rest.apps.async_create_installation_access_token(
            found, repositories=[name], permissions={"contents": "read"}
        )
        return (await ask(call, Token, f"get a token that reads {repository}")).token

    async def login(self) -> str:
        """The name under which we comment."""
        if not self._login and isinstance(self._auth, AppAuth):
            app = await ask(self._root.rest.apps.async_get_authenticated(), AppAccount, "learn the App's name")
            self._login = f"{app.slug}[bot]"
        if not self._login:
            user = await ask(self._root.rest.users.async_get_authenticated(), Account, "learn the token's owner")
            self._login = user.login
        return self._login

    async def repositories(self) -> tuple[str, ...]:
        """Every repository in which the App is installed and not suspended; a token's stand in the settings."""
        found: list[str] = []
        for page in await pages(
            lambda page: self._root.rest.apps.async_list_installations(per_page=PAGE, page=page),
            list[Installation],
            "list the App's installations",
        ):
            for installation in page:
                if installation.suspended_at is None:
                    found += await self._repositories_of(installation)
        return tuple(sorted(found))

    @contextmanager
    def using(self, repository: str) -> Generator[None]:
        """Whoever is refused inside looks for the App's installation anew next time: it may be a new one by then."""
        try:
            yield
        except PermanentError:
            self._installed.pop(repository, None)
            raise

    async def _installation(self, repository: str) -> int:
        owner, name = split(repository)
        call = self._root.rest.apps.async_get_repo_installation(owner, name)
        return (await ask(call, Installation, f"find the App's installation for {repository}")).id

    async def _repositories_of(self, installation: Installation) -> list[str]:
        client = self._client(_strategy(self._auth, installation.id))
        answers = await pages(
            lambda page: client.rest.apps.async_list_repos_accessible_to_installation(per_page=PAGE, page=page),
            InstallationRepositories,
            "list the repositories of an installation",
        )
        return [repository.full_name for answer in answers for repository in answer.repositories]

    def _client(self, strategy: Any) -> GitHub[Any]:
        return GitHub(
            strategy,
            base_url=self._base_url,
            async_transport=_Shared(self._transport),
            cache_strategy=self._tokens,
            http_cache=False,
            auto_retry=False,
            rest_api_validate_body=False,
            timeout=TIMEOUT,
            user_agent="matinee",
        )


def _strategy(
    auth: AppAuth | TokenAuth, installation: int | None = None
) -> AppAuthStrategy | AppInstallationAuthStrategy | TokenAuthStrategy:
    if isinstance(auth, TokenAuth):
        return TokenAuthStrategy(auth.token)
    app = AppAuthStrategy(auth.app_id, auth.private_key)
    return app if installation is None else app.as_installation(installation)
