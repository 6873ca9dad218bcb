"""The report: what a pull request shows of its preview. Rendering it as Markdown is in domain/comments.py."""

from dataclasses import dataclass
from datetime import datetime

from domain.costs import UNPRICED, UNUSED, Meter, Prices
from domain.definitions import ServiceUrl
from domain.flags import Flag
from domain.names import Key
from domain.phases import Phase, Reason, StepName, StepState
from domain.resources import Entry


@dataclass(frozen=True, kw_only=True)
class Step:
    """One line of the checklist. `note` is a few words, such as the place in the queue."""

    name: StepName
    state: StepState = StepState.WAITING
    began_at: datetime | None = None
    ended_at: datetime | None = None
    note: str = ""

    @property
    def seconds(self) -> float | None:
        """How long it took, or None while it has not ended."""
        return (self.ended_at - self.began_at).total_seconds() if self.began_at and self.ended_at else None


@dataclass(frozen=True, kw_only=True)
class Report:
    """Everything that a pull request shows at one moment.

    `urls` is empty unless they answered. `live_commit` is the revision that answers now, whatever the phase.
    `flags` are those that somebody has set by hand. `receipt` is what teardown has verified gone; `remaining` what it
    has not. `meter` and `prices` say what it has cost, which goes on by itself.
    """

    key: Key
    forge: str
    at: datetime
    phase: Phase
    reason: Reason = Reason.NONE
    detail: str = ""
    commit: str = ""
    live_commit: str = ""
    steps: tuple[Step, ...] = ()
    urls: tuple[ServiceUrl, ...] = ()
    database: str = ""
    expires: datetime | None = None
    pinned: bool = False
    flags: tuple[Flag, ...] = ()
    receipt: tuple[Entry, ...] = ()
    remaining: tuple[Entry, ...] = ()
    meter: Meter = UNUSED
    prices: Prices = UNPRICED
