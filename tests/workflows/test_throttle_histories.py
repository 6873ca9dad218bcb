"""Throttles that run today can be carried on by the code of today: recorded ones are replayed."""

from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from workflows.throttle import ThrottleWorkflow

HISTORIES = sorted((Path(__file__).parent / "histories").glob("throttle*.json"))


@pytest.mark.parametrize("text", [path.read_text() for path in HISTORIES], ids=[path.stem for path in HISTORIES])
async def test_a_recorded_throttle_goes_on(text: str) -> None:
    """After a new release, a throttle that has run for months decides as it did before."""
    history = WorkflowHistory.from_json("throttle", text)

    result = await Replayer(workflows=[ThrottleWorkflow]).replay_workflow(history)

    assert result.replay_failure is None


def test_there_are_histories_to_replay() -> None:
    """A release whose histories were lost is noticed."""
    assert len(HISTORIES) >= 2
