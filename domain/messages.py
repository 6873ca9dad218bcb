"""Messages: what signals, updates and queries of a preview's workflow carry. They hold facts and wishes only.

Every field has a default, so that `temporal` and `tctl` may send `{}` or nothing, and so that a message of an
older release can still be read.
"""

from dataclasses import dataclass
from datetime import datetime

from domain.costs import UNPRICED, UNUSED, Meter, Prices
from domain.definitions import ServiceUrl
from domain.flags import Flag
from domain.leases import Place
from domain.names import Key
from domain.phases import Intent, Phase, Reason
from domain.reports import Step
from domain.resources import Entry
from domain.states import PreviewState


@dataclass(frozen=True, kw_only=True)
class PreviewInput:
    """What a preview's workflow is started with; `state` is there when it continues as new."""

    key: Key
    state: PreviewState | None = None


@dataclass(frozen=True, kw_only=True)
class Push:
    """Something happened to the pull request: look at the forge. `commit` is a hint and decides nothing."""

    delivery: str = ""
    event: str = "push"
    commit: str = ""


@dataclass(frozen=True, kw_only=True)
class Close:
    """The preview should end. `by` is empty when the forge said so, else who did."""

    delivery: str = ""
    by: str = "an operator"


@dataclass(frozen=True, kw_only=True)
class ImageBuilt:
    """An image was pushed somewhere: look again now rather than at the next turn."""

    commit: str = ""


@dataclass(frozen=True, kw_only=True)
class Troubled:
    """A step was tried several times and is tried again: what stands in the way."""

    words: str = ""


@dataclass(frozen=True, kw_only=True)
class Observed:
    """What the sweep saw of a ready preview. A preview that does not answer is deployed again."""

    healthy: bool = True
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Command:
    """A wish of a person; `by` says whose."""

    by: str = "an operator"


@dataclass(frozen=True, kw_only=True)
class Extend:
    """Let the preview live for so many hours more, counted from the end of its lifetime or from now if past."""

    hours: float = 0.0
    by: str = "an operator"


@dataclass(frozen=True, kw_only=True)
class SetFlag:
    """Let a flag of the application have this value in the preview, or with `reset` what the definition says."""

    name: str = ""
    value: str = ""
    reset: bool = False
    by: str = "an operator"


@dataclass(frozen=True, kw_only=True)
class Status:
    """The answer to the query `status`: all that a person wants to know of one preview."""

    key: Key
    phase: Phase
    phase_since: datetime | None
    reason: Reason
    detail: str
    intent: Intent
    commit: str = ""
    live_commit: str = ""
    urls: tuple[ServiceUrl, ...] = ()
    steps: tuple[Step, ...] = ()
    ledger: tuple[Entry, ...] = ()
    receipt: tuple[Entry, ...] = ()
    place: Place | None = None
    expires: datetime | None = None
    pinned: bool = False
    title: str = ""
    author: str = ""
    pull_url: str = ""
    label: str = ""
    platform: str = ""
    database: str = ""
    database_name: str = ""
    generation: int = 0
    flags: tuple[Flag, ...] = ()
    meter: Meter = UNUSED
    prices: Prices = UNPRICED
