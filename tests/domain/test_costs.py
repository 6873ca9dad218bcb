"""Costs: hours and money of what was requested, whatever the order in which it was."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.costs import NOTHING, UNPRICED, UNUSED, Cost, Meter, Prices, Requested, cost_of, metered, number, told

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
EURO = Prices(core_hour=0.04, gib_hour=0.01, currency="EUR")
SMALL = Requested(cores=0.2, memory_mib=512)

_requests = st.just(NOTHING) | st.builds(
    Requested, cores=st.floats(0.001, 64), memory_mib=st.integers(1, 2**20).map(float)
)
_intervals = st.lists(st.tuples(_requests, st.integers(0, 10**9)), max_size=8)
_prices = st.builds(Prices, core_hour=st.floats(0, 10), gib_hour=st.floats(0, 10), currency=st.just("EUR"))


def _played(intervals: list[tuple[Requested, int]], meter: Meter = UNUSED) -> tuple[Meter, datetime]:
    """The meter after these requests, each for so many milliseconds, and the instant of its end."""
    now = NOON
    for requested, milliseconds in intervals:
        meter = metered(meter, requested, now)
        now += timedelta(milliseconds=milliseconds)
    return meter, now


@given(_intervals)
def test_hours_are_the_sum_of_what_was_requested_times_how_long(intervals: list[tuple[Requested, int]]) -> None:
    """Whatever pushes, stops and starts there were, each core is counted for as long as it was requested."""
    meter, now = _played(intervals)

    cost = cost_of(meter, UNPRICED, now)

    hours = [(requested, milliseconds / 3_600_000) for requested, milliseconds in intervals]
    assert cost.core_hours == pytest.approx(sum(requested.cores * lasted for requested, lasted in hours))
    assert cost.gib_hours == pytest.approx(sum(requested.memory_mib / 1024 * lasted for requested, lasted in hours))


@given(_intervals, st.integers(0, 10**9))
def test_what_a_preview_has_cost_never_becomes_less(intervals: list[tuple[Requested, int]], later: int) -> None:
    """Neither time nor a change takes hours away, nor does a clock that goes back."""
    meter, now = _played(intervals)
    before = cost_of(meter, EURO, now)

    for after in (now + timedelta(milliseconds=later), now - timedelta(milliseconds=later)):
        stopped = metered(meter, NOTHING, after)
        assert cost_of(stopped, EURO, after).core_hours >= meter.core_hours
        assert after < now or cost_of(meter, EURO, after).core_hours >= before.core_hours


@given(_intervals, st.integers(0, 10**9))
def test_a_preview_that_is_stopped_costs_nothing_more(intervals: list[tuple[Requested, int]], later: int) -> None:
    """Stopped over a weekend, a preview shows on Monday what it showed on Friday."""
    meter, now = _played(intervals)
    stopped = metered(meter, NOTHING, now)

    assert cost_of(stopped, EURO, now + timedelta(milliseconds=later)) == cost_of(stopped, EURO, now)
    assert cost_of(stopped, EURO, now).money_per_hour == 0


@given(_intervals, _prices)
def test_money_is_hours_times_prices(intervals: list[tuple[Requested, int]], prices: Prices) -> None:
    """The amount can be checked with a pencil."""
    meter, now = _played(intervals)

    cost = cost_of(meter, prices, now)

    expected = cost.core_hours * prices.core_hour + cost.gib_hours * prices.gib_hour
    assert cost.money == pytest.approx(expected)


@given(_requests, st.lists(st.integers(0, 10**6), max_size=5))
def test_asking_again_for_the_same_changes_nothing(requested: Requested, pauses: list[int]) -> None:
    """A push that needs as much as the one before it leaves the meter, and so what lists show, as it was."""
    once, _ = _played([(requested, 0)])
    again, _ = _played([(requested, pause) for pause in pauses], once)

    assert again == once


def test_costs_are_told_in_words() -> None:
    """Hours, money by now, and money per hour: what a person can weigh a preview by."""
    meter = metered(UNUSED, SMALL, NOON)

    priced = told(cost_of(meter, EURO, NOON + 3 * HOUR))
    plain = told(cost_of(meter, UNPRICED, NOON + 3 * HOUR))
    ended = told(cost_of(metered(meter, NOTHING, NOON + 3 * HOUR), EURO, NOON + 9 * HOUR))

    assert priced == "0.6 core-hours, 1.5 GiB-hours, about 0.039 EUR so far; 0.013 EUR per hour now"
    assert plain == "0.6 core-hours, 1.5 GiB-hours so far; 0.2 cores, 0.5 GiB requested now"
    assert ended == "0.6 core-hours, 1.5 GiB-hours, about 0.039 EUR in all"
    assert told(cost_of(UNUSED, EURO, NOON)) == ""


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        (0, "0"), (0.00001, "under 0.001"), (0.00149, "0.0015"), (0.7, "0.7"), (0.999, "1"), (1.005, "1"),
        (1.4, "1.4"), (12.345, "12.35"), (99.999, "100"), (100.4, "100"), (1234.5, "1234"),
    ],
)  # fmt: skip
def test_amounts_are_short(amount: float, written: str) -> None:
    """Two digits that matter, and never ten that do not."""
    assert number(amount) == written


@given(st.floats(0, 10**9))
def test_an_amount_is_a_number_without_an_exponent(amount: float) -> None:
    """No price is written as 1e-05."""
    assert "e" not in number(amount).removeprefix("under ").lower()


def test_a_cost_of_a_preview_that_never_ran_has_no_money_without_prices() -> None:
    """Where no operator has set a price, programs read null and not a made-up zero."""
    assert cost_of(UNUSED, UNPRICED, NOON) == Cost(core_hours=0, gib_hours=0, cores=0, memory_mib=0)
