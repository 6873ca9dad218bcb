"""The way in over HTTP: webhooks, health checks, the page, and a preview's URLs. It keeps no state, shows no secret."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Protocol

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from domain.errors import TemporaryError
from starter.listing import Line
from starter.pages import Pages
from starter.receiving import BODY_LIMIT, Accepted, Message, Refused, forged, receive, too_large
from starter.siblings import PATH, siblings

READ_WITHIN = 10.0
"""Seconds for a whole body to arrive; GitHub hangs up after as many, so a slower sender is not GitHub."""

_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


class Dispatching(Protocol):
    """What the application needs of starter.dispatching.Dispatcher."""

    async def dispatch(self, message: Message) -> None:
        """The preview's workflow has the message; TemporaryError if not."""
        ...

    async def check(self) -> None:
        """Returns when messages can be dispatched; TemporaryError if not."""
        ...


def utc_now() -> datetime:
    """This instant, in UTC."""
    return datetime.now(UTC)


def application(
    *,
    secret: str,
    dispatcher: Dispatching,
    previews: Callable[[], Awaitable[tuple[Line, ...]]],
    temporal_ui: str,
    namespace: str = "default",
    now: Callable[[], datetime] = utc_now,
    read_within: float = READ_WITHIN,
) -> Starlette:
    """The ASGI application. Without a webhook secret every webhook is refused, as none can be genuine."""
    routes = _Routes(
        secret=secret,
        dispatcher=dispatcher,
        previews=previews,
        pages=Pages(temporal_ui=temporal_ui, namespace=namespace),
        now=now,
        read_within=read_within,
    )
    return Starlette(
        routes=[
            Route("/webhooks/github", routes.webhook, methods=["POST"], max_body_size=BODY_LIMIT),
            Route("/healthz", routes.healthy),
            Route("/readyz", routes.ready),
            Route(PATH, routes.siblings),
            Route("/", routes.page),
            Route("/style.css", routes.style),
        ]
    )


class _Routes:
    """The endpoints, with what they need."""

    def __init__(
        self,
        *,
        secret: str,
        dispatcher: Dispatching,
        previews: Callable[[], Awaitable[tuple[Line, ...]]],
        pages: Pages,
        now: Callable[[], datetime],
        read_within: float,
    ) -> None:
        self._secret = secret
        self._dispatcher = dispatcher
        self._previews = previews
        self._pages = pages
        self._now = now
        self._read_within = read_within

    async def webhook(self, request: Request) -> Response:
        """202 when the message is where it belongs, or is of no interest; else who has to do what."""
        if "x-hub-signature-256" not in request.headers:
            return _refusal(forged())
        body = await self._body(request)
        received = receive(request.headers, body, self._secret) if isinstance(body, bytes) else body
        if isinstance(received, Refused):
            return _refusal(received)
        return await self._dispatched(received)

    async def _body(self, request: Request) -> bytes | Refused:
        try:
            async with asyncio.timeout(self._read_within):
                return await request.body()
        except HTTPException:
            # The route counts what it reads and raises this before more than the limit is held in memory.
            return too_large()
        except (TimeoutError, ClientDisconnect):
            return Refused(408, f"the body did not arrive within {self._read_within:g} seconds")

    async def _dispatched(self, accepted: Accepted) -> Response:
        try:
            for message in accepted.messages:
                await self._dispatcher.dispatch(message)
        except TemporaryError as error:
            return _refusal(Refused(503, error.message))
        told = ", ".join(f"{message.name} for {message.key}" for message in accepted.messages)
        return PlainTextResponse(f"{told or 'nothing to do'}\n", 202, headers=_HEADERS)

    async def healthy(self, _request: Request) -> Response:
        """200 as long as this process answers."""
        return PlainTextResponse("ok\n", headers=_HEADERS)

    async def ready(self, _request: Request) -> Response:
        """200 when webhooks can be passed on, 503 when Temporal is away."""
        try:
            await self._dispatcher.check()
        except TemporaryError as error:
            return _refusal(Refused(503, error.message))
        return PlainTextResponse("ok\n", headers=_HEADERS)

    async def page(self, _request: Request) -> Response:
        """The page of all previews, also when they cannot be listed."""
        try:
            lines = await self._previews()
        except TemporaryError as error:
            return HTMLResponse(self._pages.away(error.message, now=self._now()), 503, headers=_HEADERS)
        return HTMLResponse(self._pages.previews(lines, now=self._now()), headers=_HEADERS)

    async def siblings(self, request: Request) -> Response:
        """The URLs of all services of the preview whose host was asked; 404 for every other host."""
        try:
            found = siblings(await self._previews(), request.headers.get("host", ""))
        except TemporaryError as error:
            return JSONResponse({"error": error.message}, 503, headers=_HEADERS)
        if found is None:
            return JSONResponse({"error": "this is the host of no preview that has been ready"}, 404, headers=_HEADERS)
        return JSONResponse(found, headers=_HEADERS)

    async def style(self, _request: Request) -> Response:
        """How the page looks."""
        return PlainTextResponse(self._pages.style, headers=_HEADERS, media_type="text/css")


def _refusal(refused: Refused) -> Response:
    return PlainTextResponse(f"{refused.text}\n", refused.status, headers=_HEADERS)
