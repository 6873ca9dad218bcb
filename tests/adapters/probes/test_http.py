"""The probe against real servers on loopback: what it takes for well, and what it says of all else."""

from pathlib import Path

import pytest

from adapters.probes.http import BODY_LIMIT, HttpProbe
from adapters.probes.resolving import Resolver
from domain.definitions import ServiceUrl
from domain.errors import NotYet, TemporaryError
from domain.phases import Reason
from tests.adapters.probes.certificates import authority, signed, trusting
from tests.adapters.probes.websites import HOST, answer, name_server, website

_NAME = "shop-12.preview.example.com"


def _probe(*, good_answers: int = 3, seconds: float = 5.0) -> HttpProbe:
    return HttpProbe(good_answers=good_answers, pause=0.0, patience=0.0, seconds=seconds)


def _url(port: int, *, health: str = "/healthz", scheme: str = "http", host: str = "shop-12.localhost") -> ServiceUrl:
    return ServiceUrl("web", f"{scheme}://{host}:{port}", health)


async def _found(url: ServiceUrl, probe: HttpProbe | None = None) -> str:
    """What the probe says of a URL that is not well."""
    with pytest.raises(NotYet) as trouble:
        await (probe or _probe()).check(url)
    assert trouble.value.reason is Reason.PROBE_FAILED
    return trouble.value.message


async def test_three_good_answers_are_asked_for_by_the_previews_own_name() -> None:
    """The proxy knows a preview by its host, and one good answer may be luck."""
    async with website() as site:
        await _probe().check(_url(site.port))

    assert site.asked == [("GET /healthz HTTP/1.1", f"shop-12.localhost:{site.port}")] * 3


async def test_a_bad_answer_among_good_ones_is_no_health() -> None:
    """A service that comes and goes is not called ready."""
    async with website(answer(), answer(), answer(503)) as site:
        said = await _found(_url(site.port))

    assert said == f"HTTP: http://shop-12.localhost:{site.port}/healthz answered 503, and 200 is good"


async def test_a_route_that_comes_a_moment_late_is_waited_for() -> None:
    """The proxy hears of my preview a moment after it was deployed: that costs that moment and no more."""
    async with website(answer(404), answer(), answer(503), answer(), answer(), answer()) as site:
        await HttpProbe(pause=0.0, patience=60.0).check(_url(site.port))

    assert len(site.asked) == 6


async def test_nobody_there_and_silence_and_hanging_up_are_told_apart() -> None:
    """I read whether nothing listens, or something that does not answer."""
    async with website(None) as silent, website(b"") as rude:
        said = [await _found(_url(site.port), _probe(seconds=0.3)) for site in (silent, rude)]
    said.append(await _found(_url(rude.port)))

    assert [words.partition("localhost ")[2] for words in said] == [
        "did not answer within 0 s",
        "broke the connection off",
        "takes no connections; nothing listens there yet",
    ]


async def test_a_redirect_within_the_host_is_followed() -> None:
    """My health path redirects to one with a slash: that is well."""
    async with website(answer(307, "Location: /healthz/"), answer()) as site:
        await _probe(good_answers=1).check(_url(site.port))

    assert [line for line, _ in site.asked] == ["GET /healthz HTTP/1.1", "GET /healthz/ HTTP/1.1"]


@pytest.mark.parametrize(
    "place", ["http://shop-13.localhost:{port}/", "http://shop-12.localhost:{other}/", "//evil.test"]
)
async def test_a_redirect_off_the_host_is_not_followed(place: str) -> None:
    """A preview can send the probe nowhere else: to no other preview, port or site."""
    async with website() as other, website(answer()) as site:
        site.answers[0] = answer(302, "Location: " + place.format(port=site.port, other=other.port))
        said = await _found(_url(site.port))

    assert "which is another place and is not followed" in said
    assert len(site.asked) == 1
    assert other.asked == []


async def test_redirects_in_a_circle_end() -> None:
    """A health path that redirects to itself is told to be wrong, after three times."""
    async with website(answer(302, "Location: /healthz")) as site:
        said = await _found(_url(site.port))

    assert said.endswith("redirects more than 3 times")
    assert len(site.asked) == 4


async def test_an_endless_body_is_read_to_the_limit_only() -> None:
    """A health path that streams for ever is well; the worker's memory does not pay for it."""
    endless = b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n" + b"x" * (2 * BODY_LIMIT)
    async with website(endless) as site:
        await _probe().check(_url(site.port))

    assert len(site.asked) == 3


async def test_a_certificate_is_judged_as_a_browser_would(tmp_path: Path) -> None:
    """What is wrong with a certificate is said in a word that tells me what to do."""
    anchor = authority()
    served = {
        "well": signed(anchor, "shop-12.localhost"),
        "has expired": signed(anchor, "shop-12.localhost", days=-1),
        "is not valid yet": signed(anchor, "shop-12.localhost", days=60),
        "is for another host": signed(anchor, "shop-13.localhost"),
        "is signed by itself": signed(None, "shop-12.localhost"),
        "is signed by nobody who is known": signed(authority(), "shop-12.localhost"),
    }
    probe = HttpProbe(authorities=trusting(anchor), pause=0.0, patience=0.0)
    said: dict[str, str] = {}
    for words, certificate in served.items():
        async with website(tls=certificate.served(tmp_path)) as site:
            try:
                await probe.check(_url(site.port, scheme="https"))
            except NotYet as trouble:
                said[words] = trouble.message

    assert set(said) == set(served) - {"well"}
    for words, message in said.items():
        assert message.startswith(f"TLS: the certificate of shop-12.localhost {words}")


async def test_a_server_without_tls_is_told_to_have_none() -> None:
    """The listener is there and its certificate is not: I look at TLS, not at my service."""
    async with website() as site:
        said = await _found(_url(site.port, scheme="https"))

    assert said.startswith("TLS: shop-12.localhost does not speak TLS")


async def test_a_name_is_asked_for_where_its_zone_is_kept() -> None:
    """The record was made a second ago: it is found, as no resolver in between remembers that it was not there."""
    known: dict[str, str] = {}
    async with name_server(known) as names, website() as site:
        probe = HttpProbe(resolver=Resolver(nameservers=(HOST,), port=names.port), pause=0.0, patience=0.0)
        url = _url(site.port, host=_NAME)
        before = await _found(url, probe)
        known[_NAME] = ""
        between = await _found(url, probe)
        known[_NAME] = HOST
        await probe.check(url)

    assert before == between == f"DNS: {_NAME} does not resolve yet"
    assert site.asked[0][1] == f"{_NAME}:{site.port}"


async def test_name_servers_that_are_away_are_not_the_previews_fault() -> None:
    """DNS itself is down: that is told as trouble of ours, and tried again."""
    async with name_server({}, silent=True) as names:
        resolver = Resolver(nameservers=(HOST,), port=names.port, seconds=0.3)
        with pytest.raises(TemporaryError, match="name servers for") as trouble:
            await HttpProbe(resolver=resolver, patience=0.0).check(_url(80, host=_NAME))

    assert not isinstance(trouble.value, NotYet)


async def test_the_next_address_is_tried_when_one_takes_no_connections() -> None:
    """One of two load balancers is gone: a browser would not notice either."""

    async def both(_: str) -> tuple[str, ...]:
        return ("127.0.0.2", HOST)

    async with website() as site:
        await HttpProbe(resolver=both, pause=0.0, patience=0.0).check(_url(site.port, host=_NAME))

    assert len(site.asked) == 3
