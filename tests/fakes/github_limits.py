"""What stands before the fake GitHub's API: who is asking, how often they may, and what is broken today."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import jwt
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.fakes.github_paging import refusal

if TYPE_CHECKING:
    from tests.fakes.github import FakeGitHub

TOKEN_LIFE = timedelta(hours=1)
"""How long the token of an installation counts."""


@dataclass
class Limits:
    """`remaining` requests may still be made, `writes` may still be written; None means no limit.

    `broken` maps a part of a path to the answer that is given instead, as often as it is asked for.
    `denied` are parts of paths that may not be written, each with the permission that is missing.
    """

    remaining: int | None = None
    writes: int | None = None
    reset_in: int = 1_800
    retry_after: int = 60
    broken: dict[str, Response] = field(default_factory=dict[str, Response])
    denied: dict[str, str] = field(default_factory=dict[str, str])
    installation_tokens: dict[str, tuple[int, datetime]] = field(default_factory=dict[str, tuple[int, datetime]])


def issue_token(github: "FakeGitHub", installation: int) -> JSONResponse:
    """A new token of an installation, as the App gets it for its own signature."""
    if installation in github.suspended:
        return refusal(403, "This installation has been suspended")
    token = f"ghs_{secrets.token_hex(16)}"
    ends = github.now() + TOKEN_LIFE
    github.limits.installation_tokens[token] = (installation, ends)
    return JSONResponse({"token": token, "expires_at": ends.strftime("%Y-%m-%dT%H:%M:%SZ")}, 201)


def who(github: "FakeGitHub", authorization: str) -> str | None:
    """The login of whoever is asking; `app` for the App itself; None if the credentials are wrong."""
    _, _, credential = authorization.partition(" ")
    if credential in github.tokens:
        return github.tokens[credential]
    installation, ends = github.limits.installation_tokens.get(credential, (0, None))
    if ends is not None and ends > github.now() and installation in github.installations:
        return f"{github.app_slug}[bot]"
    try:
        claims: dict[str, Any] = jwt.decode(  # pyright: ignore[reportUnknownMemberType] - partly typed by them
            credential, github.public_key, algorithms=["RS256"]
        )
    except (jwt.PyJWTError, ValueError):
        return None
    return "app" if claims.get("iss") == github.app_id else None


class Guard:
    """Answers in place of the API when the asker is unknown, asks too much, or something is broken."""

    def __init__(self, inner: ASGIApp, github: "FakeGitHub") -> None:
        self._inner = inner
        self._github = github

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        request = Request(scope)
        self._github.requests.append((request.method, request.url.path))
        answer = self._refused(request)
        await (answer or self._inner)(scope, receive, send)

    def _refused(self, request: Request) -> Response | None:
        path, limits = request.url.path, self._github.limits
        for part, answer in limits.broken.items():
            if part in path:
                return answer
        asker = who(self._github, request.headers.get("authorization", ""))
        if asker is None:
            return refusal(401, "Bad credentials")
        request.scope["asker"] = asker
        writing = request.method != "GET" and not path.endswith("/access_tokens")
        return self._denied(path) if writing and self._denied(path) else self._limited(writing=writing)

    def _denied(self, path: str) -> Response | None:
        for part, permission in self._github.limits.denied.items():
            if part in path:
                return refusal(
                    403, "Resource not accessible by integration", {"x-accepted-github-permissions": permission}
                )
        return None

    def _limited(self, *, writing: bool) -> Response | None:
        limits = self._github.limits
        if writing and limits.writes is not None:
            limits.writes -= 1
            if limits.writes < 0:
                return refusal(
                    403, "You have exceeded a secondary rate limit", {"retry-after": str(limits.retry_after)}
                )
        if limits.remaining is not None:
            limits.remaining -= 1
            if limits.remaining < 0:
                reset = int((self._github.now() + timedelta(seconds=limits.reset_in)).timestamp())
                headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(reset)}
                return refusal(403, "API rate limit exceeded", headers)
        return None
