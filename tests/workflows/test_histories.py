"""Workflows that run today can be carried on by the code of today: recorded ones are replayed.

`python -m tests.workflows.record` records them anew, which is right only when no release has run them.
"""

from collections import Counter
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from worker import WORKFLOWS

HISTORIES = {
    path.stem: path.read_text()
    for path in sorted((Path(__file__).parent / "histories").glob("*.json"))
    if not path.stem.startswith("throttle")
}


@pytest.mark.parametrize("name", HISTORIES)
async def test_a_recorded_workflow_goes_on(name: str) -> None:
    """After a new release, a preview that was up before it is still owned by its workflow."""
    history = WorkflowHistory.from_json(name, HISTORIES[name])

    result = await Replayer(workflows=WORKFLOWS).replay_workflow(history)

    assert result.replay_failure is None


def test_there_are_two_histories_of_each_workflow() -> None:
    """A release whose histories were lost is noticed."""
    assert Counter(name.partition("-")[0] for name in HISTORIES) == {"preview": 2, "seed": 2, "sweep": 2}


def test_histories_name_no_machine() -> None:
    """What is committed tells nothing of where it was recorded."""
    assert [name for name, text in HISTORIES.items() if '"identity":"recorder"' not in text] == []
