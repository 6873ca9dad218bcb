"""Troubles: what is tried again for minutes says so on the pull request, and is forgotten when it has passed."""

import pytest
from temporalio.testing import WorkflowEnvironment

from domain.errors import NotYet, TemporaryError
from domain.phases import Phase, Reason
from tests.waiting import until
from tests.workflows.stages import SEEDLESS, stage

pytestmark = [pytest.mark.server, pytest.mark.slow]

FULL = "branching pr_shop_12: it has no connection left; raise max_connections or close sessions"


async def test_a_full_server_is_on_the_pull_request_until_it_has_room(temporal: WorkflowEnvironment) -> None:
    """People read within a minute what stands in the way, though the step may go on for ten; then it comes up."""
    async with stage(temporal.client, files=SEEDLESS) as own:
        key = own.opened()

        def full(verb: str) -> None:
            if verb == "branch":
                raise TemporaryError(FULL, reason=Reason.DATABASE_UNAVAILABLE, retry_after=3)

        own.database.faults = full
        await own.tell(key)

        async def told() -> bool:
            report = own.forge.last_report(key)
            return report is not None and FULL in report.detail

        await until(told, "the pull request says that the server is full", seconds=60)
        assert (await own.status(key)).phase is Phase.BRANCHING
        assert (await own.status(key)).detail == FULL

        own.database.faults = _none
        await own.reaches(key, Phase.READY, commit=own.head(key))
        assert (await own.shows(key, Phase.READY)).detail == ""
        assert (await own.status(key)).detail == ""


async def test_waiting_is_no_trouble(temporal: WorkflowEnvironment) -> None:
    """What only takes its time alarms nobody."""
    async with stage(temporal.client, files=SEEDLESS) as own:
        key, attempts = own.opened(), 0

        def slow(verb: str) -> None:
            nonlocal attempts
            if verb == "branch" and attempts < 5:
                attempts += 1
                raise NotYet("the seed is still being built", retry_after=3)

        own.database.faults = slow
        await own.tell(key)
        await own.reaches(key, Phase.READY, commit=own.head(key), seconds=60)

        assert attempts == 5
        assert {report.detail for report in own.forge.reports[key]} == {""}


def _none(verb: str) -> None:
    del verb
