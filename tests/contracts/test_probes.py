"""What every probe promises, the fake one included."""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

import pytest

from adapters.probes.http import HttpProbe
from domain.definitions import ServiceUrl
from domain.errors import NotYet
from domain.phases import Reason
from domain.ports import Probe
from tests.adapters.probes.websites import Website, answer, website
from tests.fakes.probes import FakeProbe


class ProbeBench(Protocol):
    """A probe, and a URL that can be made well and ill."""

    @property
    def probe(self) -> Probe:
        """The adapter under test."""
        ...

    @property
    def url(self) -> ServiceUrl:
        """The URL to look at."""
        ...

    def say(self, *, well: bool) -> None:
        """Whether the URL answers well from now on."""
        ...


@dataclass
class FakeBench:
    """The fake probe."""

    probe: FakeProbe
    url: ServiceUrl

    def say(self, *, well: bool) -> None:
        """As a test tells the fake."""
        self.probe.say(self.url.url, None if well else "HTTP: shop-12.localhost answered 503")


@dataclass
class HttpBench:
    """The real probe and a real server."""

    probe: HttpProbe
    url: ServiceUrl
    site: Website

    def say(self, *, well: bool) -> None:
        """Another answer of the server."""
        self.site.answers[0] = answer(200 if well else 503)


@asynccontextmanager
async def _fake() -> AsyncGenerator[ProbeBench]:
    yield FakeBench(FakeProbe(), ServiceUrl("web", "http://shop-12.localhost"))


@asynccontextmanager
async def _http() -> AsyncGenerator[ProbeBench]:
    async with website() as site:
        yield HttpBench(
            HttpProbe(pause=0.0, patience=0.0), ServiceUrl("web", f"http://shop-12.localhost:{site.port}"), site
        )


_OPENERS = {"fake": _fake, "http": _http}


@pytest.fixture(params=_OPENERS)
async def bench(request: pytest.FixtureRequest) -> AsyncGenerator[ProbeBench]:
    """One probe and one URL, afresh for every test."""
    opened: AbstractAsyncContextManager[ProbeBench] = _OPENERS[request.param]()
    async with opened as bench:
        yield bench


async def test_a_url_that_is_well_is_passed(bench: ProbeBench) -> None:
    """My preview answers: it is called ready, however often it is looked at."""
    bench.say(well=True)

    await bench.probe.check(bench.url)
    await bench.probe.check(bench.url)


async def test_a_url_that_is_ill_is_not_yet_ready_and_why_is_said(bench: ProbeBench) -> None:
    """My preview does not answer: nobody calls it ready, and I read what it says instead."""
    bench.say(well=False)

    with pytest.raises(NotYet, match="answered 503") as trouble:
        await bench.probe.check(bench.url)

    assert trouble.value.reason is Reason.PROBE_FAILED
    assert "shop-12.localhost" in trouble.value.message


async def test_a_url_that_got_well_is_passed(bench: ProbeBench) -> None:
    """My preview was slow to come: looked at again, it is ready."""
    bench.say(well=False)
    with pytest.raises(NotYet):
        await bench.probe.check(bench.url)

    bench.say(well=True)

    await bench.probe.check(bench.url)
