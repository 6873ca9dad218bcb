"""Costs: what a preview requests of its platform times how long, in core-hours, GiB-hours and, with prices, money.

A platform reserves what is requested, used or not, so that is what a preview costs. Pure: `now` is an argument.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

MIB_OF_GIB = 1024
_HOUR = 3600.0
_LEAST = 0.001
_UNSHORTENED = 100


@dataclass(frozen=True, kw_only=True)
class Requested:
    """What the platform reserves for a preview while its pods or processes are there: cores, and MiB of memory."""

    cores: float = 0.0
    memory_mib: float = 0.0


NOTHING = Requested()
"""What is requested for a preview that is not there."""


@dataclass(frozen=True, kw_only=True)
class Meter:
    """What is requested since an instant, and the hours of all that was requested before it.

    It is kept over pushes, stops and starts; a workflow that was terminated takes what it had counted with it.
    """

    requested: Requested = NOTHING
    since: datetime | None = None
    core_hours: float = 0.0
    gib_hours: float = 0.0


UNUSED = Meter()
"""The meter of a preview for which nothing was requested yet."""


@dataclass(frozen=True, kw_only=True)
class Prices:
    """What an hour of one core and of one GiB of memory costs; without a currency nothing is said of money."""

    core_hour: float = 0.0
    gib_hour: float = 0.0
    currency: str = ""


UNPRICED = Prices()
"""No prices: amounts are told without money."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a preview has cost at one instant, and costs per hour then. Money is None where no price is set."""

    core_hours: float
    gib_hours: float
    cores: float
    memory_mib: float
    money: float | None = None
    money_per_hour: float | None = None
    currency: str = ""


def metered(meter: Meter, requested: Requested, now: datetime) -> Meter:
    """The meter from now on, when so much is requested. Where that is what was before, nothing changes."""
    if requested == meter.requested:
        return meter
    core_hours, gib_hours = _hours(meter, now)
    since = now if requested != NOTHING else None
    return Meter(requested=requested, since=since, core_hours=core_hours, gib_hours=gib_hours)


def cost_of(meter: Meter, prices: Prices, now: datetime) -> Cost:
    """What the meter shows now, at these prices."""
    core_hours, gib_hours = _hours(meter, now)
    requested = meter.requested
    cost = Cost(core_hours=core_hours, gib_hours=gib_hours, cores=requested.cores, memory_mib=requested.memory_mib)
    if not prices.currency:
        return cost
    return replace(
        cost,
        money=_priced(prices, core_hours, gib_hours),
        money_per_hour=_priced(prices, requested.cores, requested.memory_mib / MIB_OF_GIB),
        currency=prices.currency,
    )


def told(cost: Cost) -> str:
    """The cost in words: `0.72 core-hours, 1.4 GiB-hours, about 0.05 EUR so far; 0.02 EUR per hour now`.

    Empty if nothing was ever requested.
    """
    if not (cost.core_hours or cost.gib_hours or cost.cores or cost.memory_mib):
        return ""
    hours = f"{number(cost.core_hours)} core-hours, {number(cost.gib_hours)} GiB-hours"
    money = "" if cost.money is None else f", about {number(cost.money)} {cost.currency}"
    if not (cost.cores or cost.memory_mib):
        return f"{hours}{money} in all"
    rate = f"{number(cost.cores)} cores, {number(cost.memory_mib / MIB_OF_GIB)} GiB requested now"
    if cost.money_per_hour is not None:
        rate = f"{number(cost.money_per_hour)} {cost.currency} per hour now"
    return f"{hours}{money} so far; {rate}"


def number(amount: float) -> str:
    """The amount as people write it: two significant digits below one, two decimals at most, none from 100 on."""
    if 0 < amount < _LEAST:
        return f"under {_LEAST}"
    if amount >= _UNSHORTENED:
        return f"{amount:.0f}"
    written = f"{Decimal(f'{amount:.2g}') if amount < 1 else Decimal(f'{amount:.2f}'):f}"
    return written.rstrip("0").rstrip(".") if "." in written else written


def _hours(meter: Meter, now: datetime) -> tuple[float, float]:
    """Core-hours and GiB-hours up to now. A clock that went back takes nothing away."""
    hours = max(0.0, (now - meter.since).total_seconds() / _HOUR) if meter.since else 0.0
    requested = meter.requested
    return (
        meter.core_hours + hours * requested.cores,
        meter.gib_hours + hours * requested.memory_mib / MIB_OF_GIB,
    )


def _priced(prices: Prices, cores: float, gib: float) -> float:
    return cores * prices.core_hour + gib * prices.gib_hour
