"""The state of a preview: all that its workflow knows, and what it carries on when it continues as new.

`domain.lifecycle` says what to do in a state; `domain.events` and `domain.rollouts` what state follows from what
was heard and done. All of them are pure: `(state, fact, now) -> state`.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime

from domain.costs import NOTHING, UNUSED, Meter, Requested, metered
from domain.names import Key
from domain.phases import Intent, Phase, Reason
from domain.policies import Policy
from domain.pulls import Blob, PullRequest, Revision
from domain.reports import Step
from domain.requests import Plan
from domain.resources import DatabaseRef, Entry, Image


@dataclass(frozen=True, kw_only=True)
class Live:
    """The revision that answers now, with all that is needed to deploy it again without asking anybody."""

    revision: Revision
    plan: Plan
    images: tuple[Image, ...]


@dataclass(frozen=True, kw_only=True)
class PreviewState:
    """All that a preview's workflow knows; it is what continue-as-new carries on.

    `tried` is the commit of the last rollout that began and was not cancelled. `live` is the revision that answers
    now; `good` the last one that did, which is brought back when the data under it were replaced in vain. `applied`
    are the migrations that the database has; `generation` is that of the last request; `clean` is false from the
    moment when a migration begins until it has ended well. `ledger` is what was made and is not verified gone;
    `receipt` what the last teardown verified gone, after which `rest_detail` is to be said. `lifetime` is what the
    definition asks for, in seconds, and counts before the policy's. `rolling` is the revision of the rollout that
    runs now. `unknown` is true while the forge does not know the pull request, which `reason` and `detail` then
    speak of. `meter` counts what was requested of the platform, over all of the preview's life.
    `declared` are the flags of the definition that was deployed last, `overrides` what people have set in
    their place, `given` what the platform was last given, nothing while that is not known (domain/flagging.py).
    """

    key: Key
    intent: Intent = Intent.UP
    closed_by: str = ""
    policy: Policy | None = None
    pull: PullRequest | None = None
    look_wanted: bool = True
    roll_wanted: bool = False
    repair_wanted: bool = False
    repaired_from: Reason = Reason.NONE
    repaired_detail: str = ""
    reset_wanted: bool = False
    rolling: Revision | None = None
    tried: str = ""
    live: Live | None = None
    good: Live | None = None
    phase: Phase = Phase.QUEUED
    phase_since: datetime | None = None
    reason: Reason = Reason.NONE
    detail: str = ""
    steps: tuple[Step, ...] = ()
    database: DatabaseRef | None = None
    generation: int = 0
    applied: tuple[Blob, ...] = ()
    clean: bool = True
    ledger: tuple[Entry, ...] = ()
    receipt: tuple[Entry, ...] = ()
    rest_detail: str = ""
    lifetime: float | None = None
    expires: datetime | None = None
    pinned: bool = False
    warned: bool = False
    unknown: bool = False
    meter: Meter = UNUSED
    deliveries: tuple[str, ...] = ()
    declared: dict[str, str] = field(default_factory=dict[str, str])
    overrides: dict[str, str] = field(default_factory=dict[str, str])
    given: dict[str, str] = field(default_factory=dict[str, str])


def in_phase(state: PreviewState, phase: Phase, now: datetime, *, detail: str = "") -> PreviewState:
    """The state in this phase, which began now unless it was in it already."""
    since = state.phase_since if state.phase is phase else now
    return replace(state, phase=phase, phase_since=since, reason=Reason.NONE, detail=detail)


def entered(state: PreviewState, entries: tuple[Entry, ...]) -> PreviewState:
    """The state whose ledger has these entries too, each once, in the order in which they were first made."""
    return replace(state, ledger=tuple(dict.fromkeys((*state.ledger, *entries))))


def requesting(state: PreviewState, requested: Requested, now: datetime) -> PreviewState:
    """The state from now on, when the platform was told to reserve so much."""
    return replace(state, meter=metered(state.meter, requested, now))


def struck_off(state: PreviewState, gone: tuple[Entry, ...], now: datetime) -> PreviewState:
    """The state whose ledger no longer has these entries, and whose receipt does.

    Once nothing of a platform is left, nothing is requested: a database that cannot be dropped costs no pods.
    """
    ledger = tuple(entry for entry in state.ledger if entry not in gone)
    there = any(entry.port == "platform" for entry in ledger)
    return replace(
        state if there else requesting(state, NOTHING, now),
        ledger=ledger,
        receipt=tuple(dict.fromkeys((*state.receipt, *gone))),
    )


def torn_down(state: PreviewState) -> PreviewState:
    """The state after everything in the ledger was verified gone: no data, nothing live."""
    return replace(
        state,
        ledger=(),
        live=None,
        good=None,
        database=None,
        applied=(),
        steps=(),
        rolling=None,
        given={},
        roll_wanted=state.intent is Intent.UP,
        look_wanted=True,
    )
