"""What `show`, `throttle` and `sweep` print, without a server: every fact that there may be, and no control codes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from domain.costs import Meter, Prices, Requested
from domain.definitions import ServiceUrl
from domain.leases import Lease, Place, Queue, Ticket, Waiter
from domain.messages import Status
from domain.names import Key
from domain.phases import Intent, Phase, Reason, StepName, StepState
from domain.reports import Step
from domain.resources import Entry
from starter.commands.printing import costed_fields, plain_value, table
from starter.commands.telling import Glimpse, Over, Pending, glimpse_lines, over_lines, status_lines
from starter.commands.throttling import queue_lines

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
KEY = Key("acme/shop", 12)
STATUS = Status(
    key=KEY,
    phase=Phase.BRANCHING,
    phase_since=NOW - timedelta(minutes=2, seconds=5),
    reason=Reason.NONE,
    detail="",
    intent=Intent.UP,
    commit="a" * 40,
    steps=(Step(name=StepName.DATABASE, state=StepState.RUNNING, began_at=NOW),),
    ledger=(Entry("database", "main", "database", "pr_shop_12"),),
    place=Place(token="t", place=2, wait_seconds=40),
    expires=NOW + timedelta(days=6, hours=4),
    title="Add \x1b[31mred\x1b[0m tax",
    author="grace",
)


def test_show_tells_the_place_in_the_queue() -> None:
    """Who waits sees how many are before, and how long that probably takes."""
    lines = status_lines(STATUS, NOW)

    assert lines[0] == "acme/shop#12  branching for 2 min 5 s"
    assert "queue     place 2, about 40.0 s" in lines
    assert "live      nothing" in lines
    assert "expires   2026-11-29 16:00 UTC, in 6 days 4 h" in lines
    assert lines[-1] == "  database main: database pr_shop_12"


def test_show_lets_no_title_reach_the_terminal_raw() -> None:
    """Whoever names a pull request cannot colour, move or clear a reviewer's terminal."""
    lines = status_lines(STATUS, NOW)

    assert "Add red tax, by grace" in lines
    assert "\x1b" not in "".join(lines)


def test_show_of_a_failure_says_what_to_do() -> None:
    """Reason, the words of whoever failed, and a cure."""
    failed = Status(
        key=KEY,
        phase=Phase.FAILED,
        phase_since=None,
        reason=Reason.MIGRATION_FAILED,
        detail='column "tax" exists',
        intent=Intent.UP,
        live_commit="b" * 40,
        urls=(ServiceUrl("web", "http://shop-12.localhost:8081"),),
    )

    text = "\n".join(status_lines(failed, NOW))

    assert "failed: migration-failed" in text
    assert 'column "tax" exists' in text
    assert "what to do: " in text
    assert "live      bbbbbbbbbb" in text


def test_glimpse_says_that_it_is_one() -> None:
    """Nobody takes what Temporal knows by itself for the whole truth."""
    glimpse = Glimpse(
        key=KEY,
        phase="",
        phase_since=None,
        reason="",
        expires=NOW - timedelta(hours=1),
        detail="",
        commit="",
        url="",
        pending=(Pending(activity="look", attempt=3, failure="the forge\nis away"),),
    )

    lines = glimpse_lines(glimpse, NOW)

    assert lines[0] == "acme/shop#12  new"
    assert lines[1].startswith("No worker answers for it")
    assert "expires   2026-11-23 11:00 UTC, which is past" in lines
    assert lines[-1] == "  look, attempt 3: the forge is away"


def test_receipt_counts_what_was_removed() -> None:
    """A preview that ended well lists everything by name; one that was terminated promises nothing."""
    ended = Over(key=KEY, ended="completed", ended_at=NOW, receipt=("database pr_shop_12", "role pr_shop_12"))
    killed = Over(key=KEY, ended="terminated", ended_at=NOW, receipt=())

    assert over_lines(ended)[0] == "acme/shop#12 is over since 2026-11-23 12:00 UTC: 2 of 2 removed and verified"
    assert over_lines(ended)[1:] == ["  ✓ database pr_shop_12", "  ✓ role pr_shop_12"]
    assert "matinee sweep" in over_lines(killed)[0]


def test_queue_names_holders_and_waiters_in_order() -> None:
    """Who holds a lease, until when; who waits, where, and for how long yet."""
    ticket = Ticket(token="t", workflow_id="w", run_id="r", repository="acme/shop", label="shop-12", seconds=600)
    queue = Queue(
        server="main",
        limit=1,
        held=(Lease(ticket=ticket, granted_at=NOW - timedelta(seconds=30), ends=NOW + timedelta(minutes=10)),),
        waiting=(
            Waiter(ticket=ticket, since=NOW, place=Place(token="t", place=1, wait_seconds=90)),
            Waiter(ticket=ticket, since=NOW, place=Place(token="t", place=2)),
        ),
        adopting=True,
    )

    lines = queue_lines(queue, NOW)

    assert lines[0] == "main: 1 of 1 leases are held, 2 wait"
    assert "looks for leases given before" in lines[1]
    assert lines[2].split() == ["shop-12", "holds", "for", "30.0", "s", "ends", "12:10:00", "UTC"]
    assert lines[3].endswith("about 1 min 30 s to go")
    assert lines[4].endswith("for 0.0 s")


def test_values_for_programs_are_words_and_instants() -> None:
    """A program reads keys as people write them, instants as ISO 8601, and phases as the glossary has them."""
    value = plain_value(STATUS)

    assert isinstance(value, dict)
    assert value["key"] == "acme/shop#12"
    assert value["phase"] == "branching"
    assert value["expires"] == "2026-11-29T16:00:00+00:00"
    assert value["ledger"] == [
        {"port": "database", "instance": "main", "kind": "database", "name": "pr_shop_12", "label": ""},
    ]


def test_table_lines_up_and_cuts_what_is_too_long() -> None:
    """One endless or many-lined value does not tear the others apart."""
    rows = table((("KEY", "URL"), ("a", "x" * 300), ("bcde", "one\ntwo")))

    assert rows[0] == "KEY   URL"
    assert rows[1].endswith("…")
    assert rows[2] == "bcde  one two"


METER = Meter(requested=Requested(cores=0.5, memory_mib=1024), since=NOW - timedelta(hours=4))
PRICES = Prices(core_hour=0.04, gib_hour=0.01, currency="EUR")
WORDS = "2 core-hours, 4 GiB-hours, about 0.12 EUR"


def test_show_tells_the_cost_whoever_answers() -> None:
    """With a worker, without one, and after the end: what was requested, and what that costs."""
    status = replace(STATUS, meter=METER, prices=PRICES)
    glimpse = Glimpse(
        key=KEY,
        phase="ready",
        phase_since=NOW,
        reason="none",
        expires=None,
        detail="",
        commit="",
        url="",
        pending=(),
        meter=METER,
        prices=PRICES,
    )
    total = Meter(core_hours=2, gib_hours=4)
    over = Over(key=KEY, ended="completed", ended_at=NOW, receipt=("namespace x",), meter=total, prices=PRICES)

    assert f"cost      {WORDS} so far; 0.03 EUR per hour now" in status_lines(status, NOW)
    assert f"cost      {WORDS} so far; 0.03 EUR per hour now" in glimpse_lines(glimpse, NOW)
    assert over_lines(over)[-1] == f"cost      {WORDS} in all"


def test_programs_read_the_cost_in_numbers() -> None:
    """A script sums the hours of all previews without reading sentences."""
    fields = costed_fields(replace(STATUS, meter=METER), NOW)

    assert fields["phase"] == "branching"
    assert not {"meter", "prices"} & fields.keys()
    assert fields["cost"] == {
        "core_hours": 2.0,
        "gib_hours": 4.0,
        "cores": 0.5,
        "memory_mib": 1024,
        "money": None,
        "money_per_hour": None,
        "currency": "",
    }
