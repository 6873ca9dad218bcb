"""The checklist in a terminal: in place where that can be, line by line where it cannot."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.checklists import progress
from domain.messages import Status
from domain.phases import Intent, Phase, Reason, StepName, StepState
from domain.reports import Step
from starter.commands.displaying import Display, styled
from starter.following import as_report
from tests.domain.examples import KEY, NOON, commit

RUNNING = Status(
    key=KEY,
    phase=Phase.BUILDING,
    phase_since=NOON,
    reason=Reason.NONE,
    detail="",
    intent=Intent.UP,
    commit=commit(1),
    steps=(Step(name=StepName.IMAGE, state=StepState.RUNNING, began_at=NOON), Step(name=StepName.DATABASE)),
)
DONE = replace(
    RUNNING,
    phase=Phase.READY,
    steps=(
        Step(name=StepName.IMAGE, state=StepState.DONE, began_at=NOON, ended_at=NOON + timedelta(seconds=2)),
        Step(name=StepName.DATABASE, state=StepState.SKIPPED, note="none"),
    ),
)


def shown(*, terminal: bool) -> None:
    """Both statuses are shown, five seconds after the first step began."""
    display = Display(indent="  ", terminal=terminal, now=lambda: NOON + timedelta(seconds=5))
    display.show(progress(None, as_report(RUNNING)), RUNNING)
    display.show(progress(as_report(RUNNING), as_report(DONE)), DONE)
    display.end()


def test_elsewhere_each_line_is_printed_once(capsys: pytest.CaptureFixture[str]) -> None:
    """A log holds every line once and no control characters."""
    shown(terminal=False)

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("  revision")
    assert [line for line in lines if "image" in line] == ["  image      …", "  image      ✓ 2.0 s"]
    assert not any("\x1b" in line for line in lines)


def test_a_terminal_sees_how_long_a_step_takes_and_keeps_the_last_word(capsys: pytest.CaptureFixture[str]) -> None:
    """A step that runs shows its seconds; when all is done, the whole checklist stands there once."""
    shown(terminal=True)

    written = capsys.readouterr().out
    last = written.rpartition("\x1b[J")[2]
    assert "image      … 5.0 s" in written
    assert "image      ✓ 2.0 s" in last
    assert last.count("image") == 1
    assert last.splitlines()[-1] == "  ready"


def test_marks_have_colours() -> None:
    """What went wrong can be seen from afar; a terminal without colours gets none, as click takes them out."""
    assert styled("image ✗ 2.0 s") == "image \x1b[31m✗ \x1b[0m2.0 s"
    assert styled("ready") == "ready"
