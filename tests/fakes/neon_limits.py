"""What stands before the fake Neon's API: who is asking, how much they may, and what is broken today."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.fakes.neon_answers import refusal

if TYPE_CHECKING:
    from tests.fakes.neon import FakeNeon


@dataclass
class Limits:
    """`throttled` more requests are told to wait, and `away` more that Neon is not available.

    `broken` maps the method and the end of a path to the answer that is given instead, as often as it is asked for.
    `branches` is how many there may be.
    """

    throttled: int = 0
    away: int = 0
    retry_after: int = 3
    branches: int = 5000
    broken: dict[tuple[str, str], Response] = field(default_factory=dict[tuple[str, str], Response])


class Guard:
    """Answers in place of the API when the asker is unknown, asks too much or too early, or something is broken."""

    def __init__(self, inner: ASGIApp, neon: "FakeNeon") -> None:
        self._inner = inner
        self._neon = neon

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        request = Request(scope)
        self._neon.requests.append((request.method, request.url.path))
        self._neon.tick()
        await (self._refused(request) or self._inner)(scope, receive, send)

    def _refused(self, request: Request) -> Response | None:
        limits = self._neon.limits
        for (method, end), answer in limits.broken.items():
            if request.method == method and request.url.path.endswith(end):
                return answer
        if request.headers.get("authorization") != "Bearer napi_planted_key_of_these_tests":
            return refusal(401, "authentication required")
        if limits.throttled:
            limits.throttled -= 1
            return refusal(429, "rate limit exceeded", {"retry-after": str(limits.retry_after)})
        if limits.away:
            limits.away -= 1
            return refusal(503, "service unavailable")
        if request.method != "GET" and self._neon.at_work:
            return refusal(423, "project already has running operations, scheduling of new ones is prohibited")
        return None
