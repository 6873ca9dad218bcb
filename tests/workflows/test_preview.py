"""The preview's workflow over complete fakes: what a user sees from the first push to the verified end."""

import pytest
from temporalio.testing import WorkflowEnvironment

from domain.definitions import Resources
from domain.messages import Close
from domain.phases import Phase, StepState
from tests.workflows.stages import SEEDLESS, SHOP, ended, stage

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


async def test_a_platform_is_told_what_will_migrate_beside_the_services(temporal: WorkflowEnvironment) -> None:
    """A platform with a quota keeps room for the migration of my next push from the first one on."""
    small = SHOP.replace(b"command: api,", b"command: api, resources: {cpu: 250m, memory: 64Mi},")
    async with stage(temporal.client) as own:
        key = own.opened(SEEDLESS | {".matinee.yaml": small.replace(b", seed: seed, seed_files: [seed]", b"")})

        await own.ready(key)

        releases = own.platform.machine.previews[own.policies(key).label].releases.values()
        assert [release.request.migration for release in releases] == [Resources(cpu=0.25, memory_mib=64)]
