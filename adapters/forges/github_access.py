"""Access to GitHub as an App or with a token: who we are, which client serves a repository, and how to ask.

githubkit makes an HTTP client for every call unless it is entered as a context, and then keeps it in a context
variable, which tasks started elsewhere do not see. So every client of its own shares one transport of ours, which
stays open until this is left. Its cache of tokens is one per process by default, and is one per access here.
"""

from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
from githubkit import AppAuthStrategy, AppInstallationAuthStrategy, GitHub, Response, TokenAuthStrategy
from githubkit.cache import MemCacheStrategy
from pydantic import TypeAdapter

from adapters.forges.github_failures import translated
from adapters.forges.github_models import Account, AppAccount, Installation, InstallationRepositories
from domain.errors import PermanentError
from domain.phases import Reason

PUBLIC = "https://api.github.com"
"""The API of github.com; an Enterprise Server has its own, `https://HOST/api/v3`."""

PAGE = 100
"""Items of a page: the most that GitHub gives."""

PAGES = 200
"""Pages of one list; more is an error rather than a list that leaves something out."""

TIMEOUT = 20.0
"""Seconds for one request; GitHub ends its own after ten."""

M = TypeVar("M")


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
        owner, name = split(repository)
        if repository not in self._installed:
            call = self._root.rest.apps.async_get_repo_installation(owner, name)
            found = await ask(call, Installation, f"find the App's installation for {repository}")
            self._installed[repository] = self._client(_strategy(self._auth, found.id))
        return self._installed[repository]

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


async def ask(call: Awaitable[Response[Any, Any]], model: type[M], deed: str) -> M:
    """What GitHub answers, as this model; an error of ours that says what we wanted to do."""
    with translated(deed):
        return _reader(model).validate_json((await call).content)


async def pages(
    fetch: Callable[[int], Awaitable[Response[Any, Any]]], model: type[M], deed: str, *, most: int = PAGES
) -> list[M]:
    """Every page of a list, to the last; an error rather than a part."""
    found: list[M] = []
    for number in range(1, most + 1):
        with translated(deed):
            response = await fetch(number)
            found.append(_reader(model).validate_json(response.content))
        if "next" not in response.raw_response.links:
            return found
    raise PermanentError(f"could not {deed}: there are more than {most * PAGE}", reason=Reason.FORGE_REFUSED)


def split(repository: str) -> tuple[str, str]:
    """Owner and name; PermanentError if it is not written so. Neither can then leave its place in a path."""
    owner, slash, name = repository.partition("/")
    if not (owner and slash and name) or "/" in name or {owner, name} & {".", ".."}:
        raise PermanentError(f"{repository} is no repository of GitHub: write OWNER/NAME", reason=Reason.FORGE_REFUSED)
    return owner, name


def _strategy(
    auth: AppAuth | TokenAuth, installation: int | None = None
) -> AppAuthStrategy | AppInstallationAuthStrategy | TokenAuthStrategy:
    if isinstance(auth, TokenAuth):
        return TokenAuthStrategy(auth.token)
    app = AppAuthStrategy(auth.app_id, auth.private_key)
    return app if installation is None else app.as_installation(installation)


@cache
def _reader(model: type[M]) -> TypeAdapter[M]:
    return TypeAdapter(model)
