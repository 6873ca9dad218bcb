"""When waiting ends: with the rollout that was asked for, not with what was there before it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.messages import Status
from domain.names import Key
from domain.phases import Intent, Phase, Reason, StepName
from domain.reports import Step
from starter.commands.waiting import gone, rolled_out, stopped

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)


def status(phase: Phase, began: datetime | None = NOW, since: datetime = NOW) -> Status:
    """A status in this phase, whose rollout began then."""
    steps = (Step(name=StepName.DEFINITION, began_at=began),)
    return Status(
        key=Key("acme/shop", 12),
        phase=phase,
        phase_since=since,
        reason=Reason.NONE,
        detail="",
        intent=Intent.UP,
        steps=steps,
    )


@pytest.mark.parametrize(
    ("after", "end"),
    [
        (status(Phase.READY), None),
        (status(Phase.READY, since=LATER), None),
        (status(Phase.QUEUED, began=None, since=LATER), None),
        (status(Phase.BUILDING, began=LATER, since=LATER), None),
        (status(Phase.READY, began=LATER, since=LATER), True),
        (status(Phase.FAILED, began=LATER, since=LATER), False),
        (status(Phase.WAITING_FOR_APPROVAL, since=LATER), False),
        (status(Phase.CLOSING, since=LATER), False),
    ],
)
def test_a_rollout_has_ended_when_the_new_one_has(after: Status, end: bool | None) -> None:
    """What was ready before the wish, or an old rollout that ends meanwhile, is not taken for the answer."""
    assert rolled_out(status(Phase.READY), after) is end


def test_a_start_does_not_end_where_it_began() -> None:
    """A stopped preview that is started is still stopped at first, which is no end."""
    before = status(Phase.STOPPED, began=None)

    assert rolled_out(before, before) is None
    assert rolled_out(before, replace(before, phase_since=LATER)) is False


def test_a_stop_ends_stopped_or_otherwise() -> None:
    """If somebody closes it meanwhile, the person who waits hears of it."""
    before = status(Phase.READY)

    assert stopped(before, status(Phase.CLOSING)) is None
    assert stopped(before, status(Phase.STOPPED)) is True
    assert stopped(before, status(Phase.GONE)) is False


def test_a_close_ends_gone_or_stopped_while_its_pull_request_is_open() -> None:
    """A preview that a person closes is stopped afterwards if the forge says that its pull request is open."""
    before = status(Phase.STOPPED)

    assert gone(before, before) is None
    assert gone(before, status(Phase.GONE, since=LATER)) is True
    assert gone(before, status(Phase.STOPPED, since=LATER)) is True
