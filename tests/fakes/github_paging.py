"""How every answer of the fake GitHub is wrapped: pages with their Link header, and refusals."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.fakes.github_state import Repository

Endpoint = Callable[[Request], Awaitable[Response]]
RepositoryEndpoint = Callable[[Repository, Request], Awaitable[Response]]


def refusal(status: int, message: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """An error as GitHub writes it."""
    return JSONResponse({"message": message, "documentation_url": "https://docs.github.test"}, status, headers)


MISSING = refusal(404, "Not Found")
"""What is not there, and what the asker may not know of."""


def paged(request: Request, items: Sequence[Any], *, wrapped: str = "") -> JSONResponse:
    """One page, with the Link header that names the next."""
    size = min(int(request.query_params.get("per_page", "30")), 100)
    page = int(request.query_params.get("page", "1"))
    part = list(items[(page - 1) * size : page * size])
    following = str(request.url.include_query_params(page=page + 1))
    headers = {"link": f'<{following}>; rel="next"'} if page * size < len(items) else {}
    return JSONResponse({"total_count": len(items), wrapped: part} if wrapped else part, headers=headers)
