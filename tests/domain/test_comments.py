"""What a pull request and a terminal show of a report: whole, honest about what is live, harmless."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.checklists import duration
from domain.comments import COMMENT_LIMIT, checklist_lines, marker, progress, render_comment
from domain.costs import Meter, Prices, Requested
from domain.cures import CURES, cure
from domain.definitions import ServiceUrl
from domain.escaping import fenced, plain, prose
from domain.names import Key
from domain.phases import Phase, Reason, StepName, StepState
from domain.reports import Report, Step
from domain.resources import Entry

KEY = Key("acme/shop", 12)
AT = datetime(2026, 1, 1, 12, tzinfo=UTC)
OLD, NEW = "b" * 40, "a" * 40
QUEUED = Report(key=KEY, forge="git", at=AT, phase=Phase.QUEUED, commit=NEW)
ENTRIES = tuple(Entry("platform", "local", kind, "shop-12") for kind in ("process", "route", "folder"))
MENTION = re.compile(r"(?<![\w`])@\w")

_hostile = st.one_of(
    st.text(max_size=30),
    st.lists(
        st.sampled_from(
            (
                *("`", "```", "~~~", "\n", "\r", "@all", "<script>", "<!--", "-->", marker("matinee", KEY), "\x1b[31m"),
                *("|", "\u202e", "\x00", "acme/shop#1", "[x](javascript:1)", "![](http://x)", "http://x", "- ", "#"),
            )
        ),
        max_size=12,
    ).map("".join),
)
_instants = st.datetimes(timezones=st.just(UTC), min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1))  # noqa: DTZ001 - hypothesis wants naive bounds and adds the zone
_steps = st.builds(
    Step,
    name=st.sampled_from(StepName),
    state=st.sampled_from(StepState),
    began_at=st.none() | _instants,
    ended_at=st.none() | _instants,
    note=_hostile,
)
_entries = st.builds(Entry, _hostile, _hostile, _hostile, _hostile)
_reports = st.builds(
    Report,
    key=st.just(KEY),
    forge=_hostile,
    at=_instants,
    phase=st.sampled_from(Phase),
    reason=st.sampled_from(Reason),
    detail=_hostile,
    commit=_hostile,
    live_commit=_hostile,
    steps=st.lists(_steps, max_size=4).map(tuple),
    urls=st.lists(st.builds(ServiceUrl, _hostile, _hostile), max_size=3).map(tuple),
    database=_hostile,
    expires=st.none() | _instants,
    pinned=st.booleans(),
    receipt=st.lists(_entries, max_size=3).map(tuple),
    remaining=st.lists(_entries, max_size=3).map(tuple),
    meter=st.builds(Meter, core_hours=st.floats(0, 1e9), since=_instants, requested=st.just(Requested(cores=1))),
    prices=st.builds(Prices, core_hour=st.floats(0, 1e9), currency=_hostile),
)


def _without_code(comment: str) -> str:
    """The comment without its blocks and spans of code, found as Markdown finds them."""
    blocks = re.sub(r"(?ms)^(`{3,})[^`\n]*\n.*?^\1`*$", "", comment)
    return re.sub(r"(?s)(?<![`\\])(`+)(?!`).*?(?<!`)\1(?!`)", "", blocks)


@given(_reports)
def test_a_comment_is_found_by_its_marker_and_is_never_too_long(report: Report) -> None:
    """Whatever a stranger writes, the comment begins with its marker, has it once, and the forge takes it."""
    comment = render_comment(report, installation="matinee")

    assert comment.startswith(marker("matinee", KEY) + "\n")
    assert comment.count(marker("matinee", KEY)) == 1
    assert len(comment) <= COMMENT_LIMIT


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("unit", ["`", "@a ", "<!-- ", "\x1b]", "# ", "\n", "x"])
def test_even_the_longest_report_fits(phase: Phase, unit: str) -> None:
    """Everything is as long and as many as a stranger could make it; the forge still takes the comment."""
    text = unit * 5_000
    report = replace(
        QUEUED,
        phase=phase,
        reason=Reason.SERVICE_FAILED,
        detail=text,
        commit=text,
        live_commit=text[::-1],
        steps=tuple(Step(name=name, state=StepState.RUNNING, began_at=AT, note=text) for name in StepName),
        urls=(ServiceUrl(text, text),) * 50,
        database=text,
        receipt=(Entry(text, text, text, text),) * 150,
        remaining=(Entry(text, text, text, text),) * 150,
    )

    comment = render_comment(report, installation="matinee")

    assert len(comment) <= COMMENT_LIMIT
    assert comment.count(marker("matinee", KEY)) == 1


@given(_reports)
def test_nothing_that_a_stranger_wrote_is_live(report: Report) -> None:
    """Nobody is notified, no tag is opened and no picture loaded by what stands in an error or a name."""
    comment = _without_code(render_comment(report, installation="matinee").partition("\n")[2])
    allowed = re.sub(r"</?sub>|<https?://[A-Za-z0-9:./_~%-]+>", "", comment)

    assert MENTION.search(allowed) is None
    assert re.search(r"(?<!\\)[<>]", allowed) is None
    assert re.search(r"(?<!\\)\]\(", allowed) is None


@given(_hostile)
def test_no_detail_leaves_its_block(text: str) -> None:
    """The fence is longer than anything within it, so that the first line that could end the block is the last."""
    opening, *within, closing = fenced(text, 8_000).split("\n")
    fence = opening.removesuffix("text")

    assert closing == fence
    assert not any(line.strip().startswith(fence) for line in within)


@given(_reports, _reports)
def test_a_terminal_gets_lines_and_no_commands(before: Report, after: Report) -> None:
    """What is printed has no line breaks, colours or cursor movements of its own."""
    for line in checklist_lines(after) + progress(before, after):
        assert line.isprintable()


@given(_reports)
def test_the_same_report_again_is_no_news(report: Report) -> None:
    """While nothing happens, nothing is printed."""
    assert progress(report, replace(report, at=report.at + timedelta(seconds=1))) == ()


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_cure(reason: Reason) -> None:
    """Whatever is wrong, I am told in a sentence what to do, and by whom."""
    assert (cure(reason) == "") == (reason is Reason.NONE)
    assert CURES.keys() == set(Reason)


def _step(name: StepName, state: StepState, seconds: float = 0.0, note: str = "") -> Step:
    ended = AT + timedelta(seconds=seconds) if seconds else None
    return Step(name=name, state=state, began_at=AT, ended_at=ended, note=note)


ROLLING = replace(
    QUEUED,
    phase=Phase.MIGRATING,
    live_commit=OLD,
    steps=(
        _step(StepName.IMAGE, StepState.DONE, 1.24),
        _step(StepName.DATABASE, StepState.SKIPPED, 1.0),
        _step(StepName.MIGRATION, StepState.RUNNING, note="place 2 in the queue"),
        Step(name=StepName.URL),
    ),
)


def test_a_comment_shows_each_step_with_its_time() -> None:
    """I see what is done and how long it took, what runs and since when, and what is still to come."""
    comment = render_comment(ROLLING, installation="matinee")

    assert "### Preview: migrating" in comment
    assert "- ✓ image · 1.2 s\n" in comment
    assert "- » database · skipped\n" in comment
    assert "- … migration · place 2 in the queue · since 12:00:00 UTC\n" in comment
    assert "- · URL\n" in comment


@pytest.mark.parametrize(
    ("phase", "live", "words"),
    [
        (Phase.MIGRATING, OLD, "`aaaaaaaaaa` is being rolled out; `bbbbbbbbbb` is live still."),
        (Phase.MIGRATING, "", "`aaaaaaaaaa` is being rolled out; nothing is live."),
        (Phase.FAILED, OLD, "`aaaaaaaaaa` failed; `bbbbbbbbbb` is live still."),
        (Phase.READY, NEW, "\n`aaaaaaaaaa` is live."),
    ],
)
def test_a_comment_tells_what_is_live_from_what_is_coming(phase: Phase, live: str, words: str) -> None:
    """I never take the revision that I look at for the one that I pushed."""
    assert words in render_comment(replace(QUEUED, phase=phase, live_commit=live), installation="matinee")


def test_urls_are_shown_only_when_there_are_any() -> None:
    """A link in the comment is one that answered; what is no plain URL is no link."""
    urls = (ServiceUrl("web", "http://shop-12.localhost:8080"), ServiceUrl("api", "javascript:alert(1)"))

    assert "http" not in render_comment(QUEUED, installation="matinee")
    comment = render_comment(replace(QUEUED, phase=Phase.READY, urls=urls), installation="matinee")
    assert "- web: <http://shop-12.localhost:8080>\n- api: `javascript:alert(1)`\n" in comment


def test_a_failure_says_why_and_what_to_do() -> None:
    """The reason to filter by, the last lines word by word, and the cure."""
    detail = "exit 1\n```\nERROR: no such column @here"
    failed = replace(QUEUED, phase=Phase.FAILED, reason=Reason.MIGRATION_FAILED, detail=detail)

    comment = render_comment(failed, installation="matinee")

    assert f"**migration-failed**\n\n````text\n{detail}\n````\n\nWhat to do: {cure(Reason.MIGRATION_FAILED)}" in comment
    assert checklist_lines(failed) == (
        "failed: migration-failed",
        "  exit 1",
        "  ```",
        "  ERROR: no such column @here",
        f"what to do: {cure(Reason.MIGRATION_FAILED)}",
    )


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (replace(QUEUED, expires=AT + timedelta(days=7)), "Lives until 2026-01-08 12:00 UTC (7 days); a push begins"),
        (
            replace(QUEUED, expires=AT + timedelta(hours=23)),
            "(23 h).** To keep it: push, or `matinee extend acme/shop#12",
        ),
        (replace(QUEUED, expires=AT, pinned=True), "Pinned: it lives until the pull request is closed."),
        (replace(QUEUED, database="pr_shop_12"), "Database: `pr_shop_12`."),
    ],
)
def test_a_comment_says_what_it_keeps_and_how_long(report: Report, words: str) -> None:
    """I know where the data is and when the preview ends, and on its last day how to keep it."""
    assert words in render_comment(report, installation="matinee")


def test_the_receipt_names_everything_that_is_gone() -> None:
    """At the end I read that all of it is gone, each by its name."""
    gone = replace(QUEUED, phase=Phase.GONE, receipt=ENTRIES)

    comment = render_comment(gone, installation="matinee")

    assert (
        "**3 of 3 removed and verified**\n\n- ✓ process `shop-12`\n- ✓ route `shop-12`\n- ✓ folder `shop-12`" in comment
    )
    assert checklist_lines(gone) == (
        "  ✓ process shop-12",
        "  ✓ route shop-12",
        "  ✓ folder shop-12",
        "3 of 3 removed and verified",
        "gone",
    )


def test_what_is_still_there_is_named_first() -> None:
    """While a teardown is blocked I read by what, before what went well."""
    blocked = replace(
        QUEUED, phase=Phase.CLOSING, reason=Reason.TEARDOWN_BLOCKED, receipt=ENTRIES[:2], remaining=ENTRIES[2:]
    )

    comment = render_comment(blocked, installation="matinee")

    assert "**2 of 3 removed and verified**\n\n- ✗ folder `shop-12` is still there\n- ✓ process" in comment


def test_an_old_receipt_is_not_shown_of_a_preview_that_is_back() -> None:
    """After `start` the comment is about what runs, not about what was removed before."""
    back = replace(QUEUED, phase=Phase.READY, receipt=ENTRIES)

    assert "removed" not in render_comment(back, installation="matinee")
    assert checklist_lines(back) == ("ready",)


def test_progress_prints_each_thing_once() -> None:
    """Following a rollout, I see each step begin and end, and nothing twice."""
    began = replace(ROLLING, steps=(_step(StepName.IMAGE, StepState.RUNNING), Step(name=StepName.URL)))
    ended = replace(ROLLING, steps=(_step(StepName.IMAGE, StepState.DONE, 1.24), Step(name=StepName.URL)))
    ready = replace(ended, phase=Phase.READY, urls=(ServiceUrl("web", "http://shop-12.localhost:8080"),))

    assert progress(None, QUEUED) == ("revision aaaaaaaaaa",)
    assert progress(QUEUED, began) == ("image      …",)
    assert progress(began, ended) == ("image      ✓ 1.2 s",)
    assert progress(ended, ready) == ("ready", "web: http://shop-12.localhost:8080")


def test_progress_of_a_new_revision_begins_anew() -> None:
    """A step that takes as long as it did before is still news for the new revision."""
    first = replace(QUEUED, steps=(_step(StepName.IMAGE, StepState.DONE, 1.24),))

    assert progress(first, replace(first, commit="c" * 40)) == ("revision cccccccccc", "image      ✓ 1.2 s")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0, "0.0 s"),
        (-3.0, "0.0 s"),
        (1.24, "1.2 s"),
        (59.4, "59.4 s"),
        (59.96, "1 min"),
        (125.0, "2 min 5 s"),
        (11_400.0, "3 h 10 min"),
        (90_000.0, "1 day 1 h"),
        (604_800.0, "7 days"),
    ],
)
def test_durations_are_said_as_people_say_them(seconds: float, words: str) -> None:
    """Two units at most, and never less than nothing."""
    assert duration(seconds) == words


def test_colours_and_directions_are_taken_out() -> None:
    """A build's coloured output reads as words, and nothing reads backwards."""
    assert plain("\x1b[1;31mred\x1b[0m \x1b]0;title\x07x\r\ny\u202ez\tq") == "red x\nyz q"


def test_prose_shows_what_was_written() -> None:
    """Markdown's marks stand there as characters, and no address or number becomes a link."""
    assert prose("*a* <b> @alice #3 www.x https://y", 100) == (
        "\\*a\\* \\<b\\> @\u200balice \\#\u200b3 www\\.x https:\\//y"
    )


def test_a_comment_says_what_the_preview_costs() -> None:
    """A reviewer sees the price of leaving a preview up, and whoever closes it what it has cost in all."""
    prices = Prices(core_hour=0.04, gib_hour=0.01, currency="EUR")
    requested = Requested(cores=0.5, memory_mib=1024)
    up = replace(
        QUEUED, phase=Phase.READY, meter=Meter(requested=requested, since=AT - timedelta(hours=4)), prices=prices
    )
    down = replace(up, phase=Phase.GONE, meter=Meter(core_hours=2, gib_hours=4))

    shown = [_unescaped(render_comment(report, installation="matinee")) for report in (up, down, QUEUED)]

    assert "Requested: 2 core-hours, 4 GiB-hours, about 0.12 EUR so far; 0.03 EUR per hour now." in shown[0]
    assert "Requested: 2 core-hours, 4 GiB-hours, about 0.12 EUR in all." in shown[1]
    assert "Requested" not in shown[2]


def _unescaped(comment: str) -> str:
    return comment.replace("\\", "")
