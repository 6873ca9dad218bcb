"""The sweep's judgement: what to do about every preview, workflow and resource that do not fit together.

The one thing it must never do is remove what is in use. So the word `closed` from the forge, for that very number,
is the only evidence on which a preview with a pull request ends; a list that lacks it, a 404 or a forge that is away
are none. What belongs to no pull request that the forge knows must have been seen so twice, SIGHTINGS_APART apart,
and be older than ORPHAN_AGE. And a run removes at most a tenth of all previews, then leaves the rest to a person.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from domain.names import Key
from domain.phases import Phase

SIGHTINGS_APART = timedelta(hours=1)
ORPHAN_AGE = timedelta(hours=48)
BRAKE = 10
"""A run removes at most one in so many previews, at least one."""


class Word(StrEnum):
    """What the forge says of one pull request."""

    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"
    UNREACHABLE = "unreachable"


class Act(StrEnum):
    """What the sweep does about a preview; all of it by signalling the preview's own workflow."""

    START = "start"
    PUSH = "push"
    CLOSE = "close"
    REPAIR = "repair"
    WATCH = "watch"


@dataclass(frozen=True, kw_only=True)
class Owned:
    """A preview whose workflow runs, as search attributes and memo show it; `head` is the commit it tried last."""

    key: Key
    phase: Phase
    url: str = ""
    health: str = "/"
    head: str = ""


@dataclass(frozen=True, kw_only=True)
class Holding:
    """What carries a key's mark on all platforms, databases and image stores together; `names` are some of them."""

    key: Key
    entries: int
    youngest: datetime | None
    names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Survey:
    """All that was seen. `heads` are those of `opened`; `unreachable` names each forge that gave no whole answer."""

    opened: tuple[Key, ...] = ()
    heads: tuple[str, ...] = ()
    owned: tuple[Owned, ...] = ()
    holdings: tuple[Holding, ...] = ()
    unreachable: tuple[str, ...] = ()

    def ready(self) -> tuple[Owned, ...]:
        """The previews that should answer now."""
        return tuple(owned for owned in self.owned if owned.phase is Phase.READY and owned.url)

    def questions(self) -> tuple[Key, ...]:
        """The keys of which the forge must be asked by number: they own or hold something and are in no list."""
        listed = set(self.opened)
        keys = [owned.key for owned in self.owned] + [holding.key for holding in self.holdings]
        return tuple(dict.fromkeys(key for key in keys if key not in listed))


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """A key whose resources belong to no pull request that the forge knows, and since when this was seen."""

    key: Key
    since: datetime


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What is to be done about one key, and why, in words."""

    key: Key
    act: Act
    why: str


@dataclass(frozen=True, kw_only=True)
class Verdicts:
    """What a run does, what it leaves to a person, and what it has seen once."""

    act_on: tuple[Finding, ...] = ()
    held_back: tuple[Finding, ...] = ()
    sightings: tuple[Sighting, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SweepInput:
    """How to sweep. `light` only heals lost events. `approved` are keys that a person has looked at.

    `earlier` is what the run that held them back had seen, as a run by hand follows no other.
    """

    dry_run: bool = False
    light: bool = False
    approved: tuple[Key, ...] = ()
    earlier: tuple[Sighting, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SweepReport:
    """A run's result, for people: one line for each finding, and what the next run must remember."""

    at: datetime
    dry_run: bool
    light: bool
    previews: int
    done: tuple[Finding, ...] = ()
    held_back: tuple[Finding, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    unreachable: tuple[str, ...] = ()
    failed: tuple[str, ...] = field(default=())
    stale: tuple[str, ...] = ()


def judged(
    survey: Survey,
    words: dict[Key, Word],
    earlier: tuple[Sighting, ...],
    sweep: SweepInput,
    now: datetime,
) -> Verdicts:
    """What to do about everything that was seen."""
    owned = {preview.key for preview in survey.owned}
    holdings = {holding.key: holding for holding in survey.holdings}
    starts = [_start(key) for key in survey.opened if key not in owned] + _left_behind(survey)
    since = {sighting.key: sighting.since for sighting in earlier}
    sightings = [Sighting(key=key, since=since.get(key, now)) for key, word in words.items() if word is Word.UNKNOWN]
    found = [
        finding
        for key, word in words.items()
        if (finding := _judged(key, word, holdings.get(key), since.get(key), now, owned=key in owned))
    ]
    removals = [finding for finding in found if finding.act is Act.CLOSE and finding.key not in sweep.approved]
    allowed = max(1, len(owned | set(holdings)) // BRAKE)
    held_back = [] if sweep.light else removals[allowed:]
    acts = [finding for finding in (*starts, *found) if finding not in held_back]
    return Verdicts(act_on=tuple(acts), held_back=tuple(held_back), sightings=tuple(sightings))


def repaired(
    silent: tuple[Finding, ...], looked_at: int, approved: tuple[Key, ...]
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """Which of the silent previews to repair, and which to leave to a person.

    When more than one in BRAKE is silent, what stands before them all is broken, and deploying each again would
    only add to its trouble.
    """
    waiting = [finding for finding in silent if finding.key not in approved]
    held_back = waiting[max(1, looked_at // BRAKE) :]
    return tuple(finding for finding in silent if finding not in held_back), tuple(held_back)


def _start(key: Key) -> Finding:
    return Finding(key=key, act=Act.START, why="its pull request is open and no workflow owns it")


def _left_behind(survey: Survey) -> list[Finding]:
    """Previews that rest at another commit than their pull request is at: the news of a push was lost."""
    at = {owned.key: owned.head for owned in survey.owned if owned.phase in _RESTING and owned.head}
    # Surveys of an older release say nothing of heads.
    heads = zip(survey.opened, survey.heads, strict=False)
    return [
        Finding(key=key, act=Act.PUSH, why=f"its pull request has moved on to {head[:10]}")
        for key, head in heads
        if at.get(key, head) != head
    ]


_RESTING = frozenset({Phase.READY, Phase.FAILED, Phase.STOPPED, Phase.EXPIRED})


def _judged(
    key: Key, word: Word, holding: Holding | None, since: datetime | None, now: datetime, *, owned: bool
) -> Finding | None:
    match word:
        case Word.CLOSED:
            return Finding(key=key, act=Act.CLOSE, why="the forge says that its pull request is closed")
        case Word.OPEN if not owned:
            return _start(key)
        case Word.UNKNOWN if not owned and holding:
            return _orphan(key, holding, since, now)
        case Word.UNKNOWN:
            return Finding(key=key, act=Act.WATCH, why="the forge knows no such pull request, which proves nothing")
        case Word.UNREACHABLE:
            return Finding(key=key, act=Act.WATCH, why="its forge gave no answer, so nothing is decided")
        case _:
            return None


def _orphan(key: Key, holding: Holding, since: datetime | None, now: datetime) -> Finding:
    names = ", ".join(holding.names)
    what = f"{holding.entries} resources of a pull request that the forge does not know ({names})"
    if since is None or now - since < SIGHTINGS_APART:
        return Finding(key=key, act=Act.WATCH, why=f"{what}: seen for the first time within the hour")
    if holding.youngest is None or now - holding.youngest < ORPHAN_AGE:
        return Finding(key=key, act=Act.WATCH, why=f"{what}: younger than {ORPHAN_AGE.total_seconds() / 3600:.0f} h")
    return Finding(key=key, act=Act.CLOSE, why=f"{what}, seen so since {since:%Y-%m-%d %H:%M} UTC")
