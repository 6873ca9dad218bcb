"""The receiver over HTTP: every status that a forge, a load balancer or a person can meet."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import TemporaryError
from domain.messages import Close, Push
from domain.names import Key
from starter.application import application
from starter.listing import Line
from tests.fakes.dispatching import MemoryDispatcher
from tests.starter.deliveries import SECRET, headers, pull_event

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
KEY = Key("acme/shop", 12)
MIB = 1024 * 1024


def client_of(
    dispatcher: MemoryDispatcher, *lines: Line, trouble: str = "", read_within: float = 5.0
) -> httpx.AsyncClient:
    """A client of an application with these previews; `trouble` is why they cannot be listed."""

    async def previews() -> tuple[Line, ...]:
        if trouble:
            raise TemporaryError(trouble)
        return lines

    built = application(
        secret=SECRET,
        dispatcher=dispatcher,
        previews=previews,
        temporal_ui="http://127.0.0.1:8233",
        now=lambda: NOW,
        read_within=read_within,
    )
    return httpx.AsyncClient(transport=httpx.ASGITransport(built), base_url="http://matinee.test")


async def post(dispatcher: MemoryDispatcher, body: bytes, sent: dict[str, str]) -> httpx.Response:
    """The answer to one delivery."""
    async with client_of(dispatcher) as client:
        return await client.post("/webhooks/github", content=body, headers=sent)


async def test_a_delivery_reaches_its_preview() -> None:
    """A push to a pull request is passed on before GitHub is answered."""
    dispatcher = MemoryDispatcher()
    body = pull_event("synchronize")

    answer = await post(dispatcher, body, headers(body))

    assert (answer.status_code, answer.text) == (202, "push for acme/shop#12\n")
    [signal] = dispatcher.signals[KEY]
    assert isinstance(signal, Push)


async def test_the_same_delivery_twice_is_taken_twice() -> None:
    """A repeated delivery is no error: the preview's workflow knows it by its id."""
    dispatcher = MemoryDispatcher()
    body = pull_event("closed")

    answers = [await post(dispatcher, body, headers(body)) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [202, 202]
    first, second = dispatcher.signals[KEY]
    assert first == second
    assert isinstance(first, Close)
    assert first.delivery


async def test_a_ping_is_accepted() -> None:
    """The first delivery of a new webhook shows a green tick."""
    answer = await post(MemoryDispatcher(), b"{}", headers(b"{}", event="ping"))

    assert (answer.status_code, answer.text) == (202, "nothing to do\n")


@pytest.mark.parametrize(
    ("changes", "body", "status"),
    [
        ({"x-hub-signature-256": "sha256=" + "0" * 64}, pull_event("opened"), 401),
        ({"content-type": "application/x-www-form-urlencoded"}, pull_event("opened"), 415),
        ({}, b"{", 400),
    ],
)
async def test_what_is_wrong_is_refused(changes: dict[str, str], body: bytes, status: int) -> None:
    """Each mistake has its own status, and reaches no preview."""
    dispatcher = MemoryDispatcher()

    answer = await post(dispatcher, body, headers(body) | changes)

    assert answer.status_code == status
    assert not dispatcher.signals


async def test_while_temporal_is_away_the_delivery_fails() -> None:
    """GitHub shows the delivery as failed, so that it can be delivered again."""
    body = pull_event("opened")

    answer = await post(MemoryDispatcher(away=True), body, headers(body))

    assert answer.status_code == 503


async def test_a_large_body_is_cut_while_it_is_read() -> None:
    """A sender of endless data is stopped soon after 25 MiB, not when memory is full."""
    taken: list[int] = []

    async def endless() -> AsyncIterator[bytes]:
        for number in range(100):
            taken.append(number)
            yield b" " * MIB

    async with client_of(MemoryDispatcher()) as client:
        answer = await client.post("/webhooks/github", content=endless(), headers=headers(b""))

    assert answer.status_code == 413
    assert len(taken) <= 27


async def test_an_announced_size_above_the_limit_is_refused() -> None:
    """Nothing is read of a body that says itself that it is too large."""
    sent = headers(b"") | {"content-length": str(26 * MIB)}

    answer = await post(MemoryDispatcher(), b"", sent)

    assert answer.status_code == 413


async def test_a_slow_body_is_cut() -> None:
    """A sender that stops in the middle holds no connection for ever."""

    async def stuck() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    async with client_of(MemoryDispatcher(), read_within=0.05) as client:
        answer = await client.post("/webhooks/github", content=stuck(), headers=headers(b""))

    assert answer.status_code == 408


async def test_without_a_signature_the_body_is_not_read() -> None:
    """A stranger cannot even make the receiver read."""

    async def forbidden() -> AsyncIterator[bytes]:
        await asyncio.Event().wait()
        yield b""

    unsigned = {name: value for name, value in headers(b"").items() if name != "x-hub-signature-256"}
    async with client_of(MemoryDispatcher()) as client:
        answer = await client.post("/webhooks/github", content=forbidden(), headers=unsigned)

    assert answer.status_code == 401


@settings(deadline=None)  # The first example waits for an event loop, for long on a busy machine.
@given(body=st.binary(max_size=200), event=st.sampled_from(["pull_request", "ping", "push"]))
def test_no_bytes_make_the_receiver_fail(body: bytes, event: str) -> None:
    """Whatever is signed and sent, the answer is never a 5xx."""
    answer = asyncio.run(post(MemoryDispatcher(), body, headers(body, event=event)))

    assert answer.status_code in {202, 400}


async def test_health_needs_only_the_process() -> None:
    """The process is not restarted because Temporal is away."""
    async with client_of(MemoryDispatcher(away=True)) as client:
        answer = await client.get("/healthz")

    assert answer.status_code == 200


@pytest.mark.parametrize(("away", "status"), [(False, 200), (True, 503)])
async def test_readiness_follows_temporal(away: bool, status: int) -> None:
    """A load balancer sends webhooks elsewhere while this replica cannot pass them on."""
    async with client_of(MemoryDispatcher(away=away)) as client:
        answer = await client.get("/readyz")

    assert answer.status_code == status


async def test_the_page_says_when_previews_cannot_be_listed() -> None:
    """A person reads what is wrong instead of an empty list."""
    async with client_of(MemoryDispatcher(), trouble="Temporal did not list the previews") as client:
        answer = await client.get("/")

    assert answer.status_code == 503
    assert "Temporal did not list the previews" in answer.text
    assert "No preview is running" not in answer.text
    assert "0 previews" not in answer.text


async def test_the_page_allows_nothing_but_its_own_style() -> None:
    """Should anything ever slip through the escaping, the browser still runs no script."""
    async with client_of(MemoryDispatcher(), Line(key=KEY, workflow="preview:acme/shop:12", run="r")) as client:
        page = await client.get("/")
        style = await client.get("/style.css")

    assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
    assert "<script" not in page.text
    assert " style=" not in page.text
    assert style.headers["content-type"].startswith("text/css")


SHOP = Line(
    key=KEY,
    workflow="preview:acme/shop:12",
    run="r",
    commit="c0ffee",
    url="https://shop-12.example",
    urls={"web": "https://shop-12.example", "api": "https://shop-12-api.example:8443"},
)


@pytest.mark.parametrize(
    ("host", "service"),
    [("shop-12.example", "web"), ("SHOP-12.example:443", "web"), ("shop-12-api.example:8443", "api")],
)
async def test_a_front_end_finds_its_siblings_at_its_own_host(host: str, service: str) -> None:
    """A bundle that was built once asks its own host for the API of the preview that it runs in."""
    async with client_of(MemoryDispatcher(), SHOP) as client:
        answer = await client.get("/.matinee/config.json", headers={"host": host})

    assert answer.json() == {
        "preview": "acme/shop#12",
        "service": service,
        "commit": "c0ffee",
        "urls": {"web": "https://shop-12.example", "api": "https://shop-12-api.example:8443"},
    }
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("host", ["shop-13.example", "example", "", "[", "matinee.test"])
async def test_no_other_host_is_told_of_a_preview(host: str) -> None:
    """Neither a neighbour nor the receiver's own host shows what there is."""
    async with client_of(MemoryDispatcher(), SHOP, replace(SHOP, urls={})) as client:
        answer = await client.get("/.matinee/config.json", headers={"host": host})

    assert answer.status_code == 404
    assert "shop-12" not in answer.text


async def test_urls_that_cannot_be_read_now_are_said_to_be_so() -> None:
    """A front end can tell "not now" from "never"."""
    async with client_of(MemoryDispatcher(), trouble="Temporal is away") as client:
        answer = await client.get("/.matinee/config.json", headers={"host": "shop-12.example"})

    assert (answer.status_code, answer.json()) == (503, {"error": "Temporal is away"})
