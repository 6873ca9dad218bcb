"""Happenings: the events about an object, whichever of the two APIs they were read from.

Events help to say why; they are dropped under load, merged, and gone after an hour. So a state rests on them only
where Kubernetes writes the cause nowhere else.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from domain.readiness.fields import Thing, instant, number, text, uid_of
from domain.readiness.observations import Observation
from domain.readiness.verdicts import quoted

_KEPT = 5
_LONG_AGO = datetime.min.replace(tzinfo=UTC)

# Each recorder fills other fields, so the first that is there counts.
_MADE = ("metadata", "creationTimestamp")
_LAST = (("series", "lastObservedTime"), ("lastTimestamp",), ("deprecatedLastTimestamp",), ("eventTime",), _MADE)
_FIRST = (("firstTimestamp",), ("deprecatedFirstTimestamp",), ("eventTime",), _MADE)


@dataclass(frozen=True, order=True, kw_only=True)
class Happening:
    """One event, or several alike: when it was first and last seen, and how often.

    `part` is the part of the object that it is about, such as `spec.containers{web}`, empty for all of it.
    """

    last: datetime
    first: datetime
    reason: str
    message: str
    count: int
    is_warning: bool
    part: str

    def __str__(self) -> str:
        times = f" (x{self.count})" if self.count > 1 else ""
        return quoted(f"{self.reason}: {self.message}") + times


def happenings(thing: Thing, observation: Observation) -> tuple[Happening, ...]:
    """The events about exactly this object, not one of the same name before it; the oldest first."""
    uid = uid_of(thing)
    found = [_read(event) for event in observation.events if uid and uid == _about(event)]
    return tuple(sorted(found))


def latest(found: tuple[Happening, ...], *reasons: str) -> Happening | None:
    """The newest of those with one of these reasons, None without any."""
    return next((each for each in reversed(found) if each.reason in reasons), None)


def warnings(things: tuple[Thing, ...], observation: Observation) -> tuple[str, ...]:
    """The last warnings about these objects as lines, the newest last, none twice."""
    found = [each for thing in things for each in happenings(thing, observation) if each.is_warning]
    lines = tuple(dict.fromkeys(str(each) for each in sorted(found, reverse=True)))
    return tuple(reversed(lines[:_KEPT]))


def _about(event: Thing) -> str:
    return text(event, "involvedObject", "uid") or text(event, "regarding", "uid")


def _read(event: Thing) -> Happening:
    last = _moment(event, *_LAST) or _LONG_AGO
    counts = (number(event, *path) for path in (("series", "count"), ("count",), ("deprecatedCount",)))
    return Happening(
        last=last,
        first=_moment(event, *_FIRST) or last,
        reason=text(event, "reason"),
        message=text(event, "message") or text(event, "note"),
        count=max(1, *counts),
        is_warning=text(event, "type") == "Warning",
        part=text(event, "involvedObject", "fieldPath") or text(event, "regarding", "fieldPath"),
    )


def _moment(event: Thing, *paths: tuple[str, ...]) -> datetime | None:
    moments = (instant(event, *path) for path in paths)
    return next((moment for moment in moments if moment), None)
