"""Costs: a preview counts what was requested for it, over stops and starts, to its end."""

from dataclasses import replace

import pytest
from temporalio.testing import WorkflowEnvironment

from domain.comments import render_comment
from domain.costs import NOTHING, Prices, Requested
from domain.messages import Command
from domain.phases import Phase
from domain.policies import Policy
from starter.listing import meter_of, prices_of
from tests.workflows.stages import PLAIN, SEEDLESS, stage

pytestmark = pytest.mark.server

EURO = Prices(core_hour=0.5, gib_hour=0.25, currency="EUR")
BOTH = Requested(cores=1.0, memory_mib=1024)
"""What the two services of a stage's repository request together."""


def _priced(policy: Policy) -> Policy:
    return replace(policy, prices=EURO)


async def test_a_week_of_a_preview_is_counted_to_its_end(skipping: WorkflowEnvironment) -> None:
    """The report of a preview that expired says what its week has cost, and that it costs nothing any more."""
    async with stage(skipping.client, files=PLAIN) as own:
        own.policy = _priced
        key = own.opened()
        await own.tell(key)

        expired = await own.reaches(key, Phase.EXPIRED)

        assert expired.meter.requested == NOTHING
        assert 24 * 7 - 1 < expired.meter.core_hours == expired.meter.gib_hours < 24 * 7 + 1
        report = await own.shows(key, Phase.EXPIRED)
        assert "168 core-hours, 168 GiB-hours, about 126 EUR in all" in render_comment(report, installation="matinee")
        await own.closed(key)


async def test_a_stop_ends_the_counting_and_a_start_takes_it_up(temporal: WorkflowEnvironment) -> None:
    """Hours before a stop are not forgotten, and none are added until somebody starts the preview again."""
    async with stage(temporal.client, files=SEEDLESS) as own:
        own.policy = _priced
        key = own.opened()
        handle = await own.ready(key)
        ready = await own.status(key)
        assert (ready.meter.requested, ready.meter.core_hours, ready.prices) == (BOTH, 0, EURO)
        details = str(await handle.query("__temporal_workflow_metadata"))
        assert "core-hours" in details
        assert "0.75 EUR per hour now" in details

        await own.ask(key, "stop", Command(by="bob"))
        stopped = await own.reaches(key, Phase.STOPPED)
        assert (stopped.meter.requested, stopped.meter.since) == (NOTHING, None)
        assert stopped.meter.core_hours > 0

        await own.ask(key, "start", Command(by="bob"))
        again = await own.reaches(key, Phase.READY)
        assert (again.meter.requested, again.meter.core_hours) == (BOTH, stopped.meter.core_hours)

        await own.closed(key)
        over = await handle.describe()
        assert (await meter_of(over)).core_hours > stopped.meter.core_hours
        assert await prices_of(over) == EURO


async def test_lists_know_the_cost_without_a_worker(temporal: WorkflowEnvironment) -> None:
    """Page and list read what a preview requests, and since when, from Temporal alone."""
    async with stage(temporal.client, files=SEEDLESS) as own:
        key = own.opened()
        handle = await own.ready(key)

        assert await meter_of(await handle.describe()) == (await own.status(key)).meter
        await own.closed(key)
