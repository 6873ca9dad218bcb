"""The preview's workflow over complete fakes: what a user sees from the first push to the verified end."""

import pytest
from temporalio.testing import WorkflowEnvironment

from domain.messages import Close
from domain.phases import Phase, StepState
from tests.workflows.stages import ended, stage

pytestmark = pytest.mark.server


async def test_a_pull_request_gets_a_preview_and_its_end_is_verified(temporal: WorkflowEnvironment) -> None:
    """A push brings the commit up; closing removes everything, each by name."""
    async with stage(temporal.client) as own:
        key = own.opened()

        handle = await own.tell(key)
        ready = await own.reaches(key, Phase.READY)

        assert ready.live_commit == own.forge.pulls[key].head.commit
        assert {step.state for step in ready.steps} == {StepState.DONE}
        assert [url.service for url in ready.urls] == ["web", "api"]

        own.forge.close(key)
        await handle.signal("close", Close(by=""))

        gone = await ended(handle)
        assert len(gone) == len(ready.ledger)
        assert own.platform.machine.previews == {}
        report = own.forge.last_report(key)
        assert report is not None
        assert report.phase is Phase.GONE
