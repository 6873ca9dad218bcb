"""The budget of events: a history stays short, so that a preview that lives for months stays one that can be read."""

from collections import Counter

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from domain.phases import Phase
from tests.workflows.stages import stage

pytestmark = pytest.mark.server

ROLLOUT, TEARDOWN = 120, 50


async def test_a_rollout_and_a_teardown_keep_to_their_budget(temporal: WorkflowEnvironment) -> None:
    """The first rollout of the shop, seed and reports included, costs 120 events at most, and its teardown 50."""
    async with stage(temporal.client) as own:
        key = own.opened()
        handle = await own.ready(key)
        await own.shows(key, Phase.READY)
        first = await _events(handle)
        own.forge.push(key, {"migrations/0003.sql": b"alter again"})
        await own.tell(key)
        await own.reaches(key, Phase.READY, commit=own.head(key))
        await own.shows(key, Phase.READY, lambda report: report.live_commit == own.head(key))
        second = await _events(handle)
        await own.closed(key)
        last = await _events(handle)

    assert first.total() <= ROLLOUT, _told(first)
    assert (second - first).total() <= ROLLOUT, _told(second - first)
    assert (last - second).total() <= TEARDOWN, _told(last - second)


async def _events(handle: WorkflowHandle[object, list[str]]) -> Counter[str]:
    """How often each kind of event stands in the history now."""
    return Counter([EventType.Name(event.event_type) async for event in handle.fetch_history_events()])


def _told(events: Counter[str]) -> str:
    return f"{events.total()} events: " + ", ".join(
        f"{count} {name.removeprefix('EVENT_TYPE_').lower()}" for name, count in events.most_common()
    )
