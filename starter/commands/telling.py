"""Telling: what is known of one preview as lines for a terminal. Pure, so that it can be tested without a server."""

from dataclasses import dataclass
from datetime import datetime

from domain.checklists import COMMIT_LENGTH, NOTE_LIMIT, TEARDOWNS, checklist_lines, duration
from domain.costs import UNPRICED, UNUSED, Meter, Prices, cost_of, told
from domain.escaping import one_line
from domain.messages import Status
from domain.names import Key
from domain.phases import Phase, Reason
from starter.following import as_report

_VALUE = 40
"""Characters of a flag's value."""


@dataclass(frozen=True, kw_only=True)
class Pending:
    """Something that a workflow has asked to be done and that is not done yet."""

    activity: str
    attempt: int
    failure: str


@dataclass(frozen=True, kw_only=True)
class Glimpse:
    """What the Temporal server knows of a preview by itself, when no worker answers for it."""

    key: Key
    phase: str
    phase_since: datetime | None
    reason: str
    expires: datetime | None
    detail: str
    commit: str
    url: str
    pending: tuple[Pending, ...]
    meter: Meter = UNUSED
    prices: Prices = UNPRICED


@dataclass(frozen=True, kw_only=True)
class Over:
    """How a preview ended: `completed` is the only end at which everything was verified gone."""

    key: Key
    ended: str
    ended_at: datetime | None
    receipt: tuple[str, ...]
    meter: Meter = UNUSED
    prices: Prices = UNPRICED


def status_lines(status: Status, now: datetime) -> list[str]:
    """All that the preview says of itself: headline, checklist, place in the queue, end of life, ledger."""
    lines = [_headline(status.key, status.phase, status.phase_since, now)]
    lines += [one_line(part, NOTE_LIMIT) for part in (_title(status), status.pull_url) if part]
    lines += ["", *checklist_lines(as_report(status))]
    if status.detail and status.reason is Reason.NONE and status.phase not in {Phase.READY, *TEARDOWNS}:
        lines += [one_line(status.detail, NOTE_LIMIT)]
    lines += ["", *_named(_facts(status, now))]
    return [
        *lines,
        *(f"  {entry.port} {entry.instance}: {one_line(str(entry), NOTE_LIMIT)}" for entry in status.ledger),
    ]


def glimpse_lines(glimpse: Glimpse, now: datetime) -> list[str]:
    """What is known without a worker, said to be no more than that."""
    facts = (
        ("reason", "" if glimpse.reason == Reason.NONE else glimpse.reason),
        ("detail", one_line(glimpse.detail, NOTE_LIMIT)),
        ("live", glimpse.commit[:COMMIT_LENGTH]),
        ("url", glimpse.url),
        ("expires", _expiry(glimpse.expires, now)),
        ("cost", _cost(glimpse, now)),
        ("asked", f"{len(glimpse.pending)} activities that have not ended" if glimpse.pending else ""),
    )
    return [
        _headline(glimpse.key, glimpse.phase or "new", glimpse.phase_since, now),
        "No worker answers for it: start one with `matinee up` or `matinee worker`. Until then, this is what Temporal",
        "itself knows, which lacks the checklist, the ledger and the queue:",
        "",
        *_named(facts),
        *(f"  {_pending(pending)}" for pending in glimpse.pending),
    ]


def over_lines(over: Over) -> list[str]:
    """How it ended, and the receipt."""
    at = f" since {over.ended_at:%Y-%m-%d %H:%M} UTC" if over.ended_at else ""
    if over.ended != "completed":
        return [f"{over.key} is over{at}: {over.ended}. What it made was not verified gone; `matinee sweep` looks."]
    removed = [f"  ✓ {one_line(name, NOTE_LIMIT)}" for name in over.receipt]
    cost = _cost(over, over.ended_at) if over.ended_at else ""
    return [
        f"{over.key} is over{at}: {len(removed)} of {len(removed)} removed and verified",
        *removed,
        *_named((("cost", cost),)),
    ]


def _headline(key: Key, phase: str, since: datetime | None, now: datetime) -> str:
    lasted = f" for {duration((now - since).total_seconds())}" if since else ""
    return f"{key}  {phase}{lasted}"


def _title(status: Status) -> str:
    return f"{status.title}, by {status.author}" if status.title and status.author else status.title


def _named(facts: tuple[tuple[str, str], ...]) -> list[str]:
    return [f"{name:<9} {value}" for name, value in facts if value]


def _facts(status: Status, now: datetime) -> tuple[tuple[str, str], ...]:
    live = status.live_commit[:COMMIT_LENGTH]
    data = f"{status.database_name} on {status.database}, generation {status.generation}"
    return (
        ("commit", status.commit[:COMMIT_LENGTH]),
        ("live", live or ("" if status.phase in TEARDOWNS else "nothing")),
        ("queue", _place(status)),
        ("expires", "never: pinned" if status.pinned else _expiry(status.expires, now)),
        ("database", data if status.database_name else ""),
        ("cost", _cost(status, now)),
        ("flags", _flags(status)),
        ("ledger", f"{len(status.ledger)} resources" if status.ledger else "empty"),
    )


def _cost(known: Status | Glimpse | Over, now: datetime) -> str:
    return told(cost_of(known.meter, known.prices, now))


def _flags(status: Status) -> str:
    by_hand = (f" ({one_line(flag.default, _VALUE)} in the definition)" for flag in status.flags)
    shown = zip(status.flags, by_hand, strict=True)
    return ", ".join(
        f"{flag.name}={one_line(flag.value, _VALUE)}{said if flag.override is not None else ''}" for flag, said in shown
    )


def _place(status: Status) -> str:
    if status.place is None:
        return ""
    wait = status.place.wait_seconds
    return f"place {status.place.place}" + (f", about {duration(wait)}" if wait is not None else "")


def _pending(pending: Pending) -> str:
    failure = f": {one_line(pending.failure, NOTE_LIMIT)}" if pending.failure else ""
    return f"{pending.activity}, attempt {pending.attempt}{failure}"


def _expiry(expires: datetime | None, now: datetime) -> str:
    if expires is None:
        return ""
    left = (expires - now).total_seconds()
    return f"{expires:%Y-%m-%d %H:%M} UTC, " + (f"in {duration(left)}" if left > 0 else "which is past")
