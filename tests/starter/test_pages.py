"""The page of all previews: what it shows, and what it never lets through."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.costs import Meter, Prices, Requested
from domain.names import Key
from starter.listing import Line
from starter.pages import Pages, age, link

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LINE = Line(
    key=Key("acme/shop", 12),
    workflow="preview:acme/shop:12",
    run="run-1",
    phase="ready",
    since=NOW - timedelta(minutes=12),
    reason="none",
    expires=NOW + timedelta(days=6),
    url="http://shop-12.localhost:8080",
    commit="0123456789abcdef",
    title="Paint it blue",
    pull_url="https://github.com/acme/shop/pull/12",
    detail="everything answers",
    meter=Meter(requested=Requested(cores=0.5, memory_mib=1024), since=NOW - timedelta(hours=4)),
    prices=Prices(core_hour=0.04, gib_hour=0.01, currency="EUR"),
)
PAGES = Pages(temporal_ui="http://127.0.0.1:8233/")


def test_a_preview_shows_all_that_is_known() -> None:
    """A reviewer sees phase, live revision, URL and age, and finds the pull request and the history."""
    page = PAGES.previews((LINE,), now=NOW)

    assert '<a href="https://github.com/acme/shop/pull/12">acme/shop#12</a>' in page
    assert '<span class="phase ready">ready</span>' in page
    assert "12 min" in page
    assert "<code>01234567</code>" in page
    assert '<a href="http://shop-12.localhost:8080"' in page
    assert "in 6 d" in page
    assert "2 core-hours, 4 GiB-hours, about 0.12 EUR so far; 0.03 EUR per hour now" in page
    assert 'href="http://127.0.0.1:8233/namespaces/default/workflows/preview%3Aacme%2Fshop%3A12/run-1/history"' in page
    assert '<meta http-equiv="refresh" content="5">' in page


def test_a_preview_of_which_nothing_is_known_yet_is_shown() -> None:
    """A preview appears on the page the moment its webhook came, before any worker ran."""
    page = PAGES.previews((Line(key=LINE.key, workflow=LINE.workflow, run="r"),), now=NOW)

    assert "acme/shop#12" in page
    assert "starting" in page


def test_what_a_pull_request_wrote_is_escaped() -> None:
    """A title cannot put markup on the page, nor an address a script behind a link."""
    nasty = "<script>alert(1)</script>"
    line = Line(
        key=LINE.key,
        workflow=LINE.workflow,
        run="r",
        phase='"><b>',
        reason=nasty,
        title=nasty,
        detail=nasty,
        meter=LINE.meter,
        prices=Prices(currency=nasty),
        commit=nasty,
        url="javascript:alert(1)",
        pull_url='https://x.test/"onmouseover="alert(1)',
    )

    page = PAGES.previews((line,), now=NOW)

    assert "<script" not in page
    assert "<b>" not in page
    assert "javascript:" not in page
    assert '"onmouseover="' not in page
    assert "&lt;script&gt;" in page


def test_an_empty_page_teaches_what_to_do_next() -> None:
    """Somebody who sees Matinee for the first time knows the next step."""
    page = PAGES.previews((), now=NOW)

    assert "No preview is running" in page
    assert "matinee try PATH" in page
    assert "matinee doctor" in page


def test_without_a_temporal_ui_there_are_no_links_to_it() -> None:
    """An installation without the UI has no dead links."""
    page = Pages(temporal_ui="").previews((LINE,), now=NOW)

    assert "/workflows" not in page


@pytest.mark.parametrize(
    "address", ["", "javascript:alert(1)", "data:text/html,x", "//host", "http://", "http://[", "a"]
)
def test_only_addresses_of_the_web_become_links(address: str) -> None:
    """Whatever a forge or a workflow gives as an address, a click on it opens a web page or nothing."""
    assert not link(address)


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (59, "59 s"), (60, "1 min"), (7_200, "2 h"), (-86_400, "1 d"), (500_000, "6 d")]
)
def test_an_age_is_one_number_and_its_unit(seconds: int, words: str) -> None:
    """An age is read at a glance, whether it lies behind or ahead."""
    assert age(NOW - timedelta(seconds=seconds), NOW) == words
