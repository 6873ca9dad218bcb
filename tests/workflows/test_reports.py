"""Reports: the pull request ends up showing the last state, without a write for every change before it."""

import asyncio
from itertools import pairwise

import pytest
from temporalio.testing import WorkflowEnvironment

from domain.messages import Close, Extend
from domain.phases import Phase
from tests.waiting import until
from tests.workflows.gates import Gate
from tests.workflows.stages import SEEDLESS, ended, event, stage
from workflows.reporting import PAUSE

pytestmark = pytest.mark.server


async def test_reports_come_at_most_every_five_seconds_except_the_end(temporal: WorkflowEnvironment) -> None:
    """A forge is not flooded, whatever happens; only the end of a rollout is told at once."""
    async with stage(temporal.client, files=SEEDLESS) as own:
        key = own.opened()
        await own.ready(key)
        for number in range(1, 4):
            await own.ask(key, "extend", Extend(hours=number))
        expires = (await own.status(key)).expires
        await own.shows(key, Phase.READY, lambda report: report.expires == expires)
        own.forge.push(key, {"page": b"2"})
        await own.tell(key)
        await own.reaches(key, Phase.READY, commit=own.head(key))
        last = await own.shows(key, Phase.READY, lambda report: report.live_commit == own.head(key))

        reports = own.forge.reports[key]
        assert last is reports[-1]
        for earlier, later in pairwise(reports):
            is_end = later.phase is Phase.READY and earlier.phase is not Phase.READY
            assert is_end or later.at - earlier.at > PAUSE * 0.9


async def test_the_last_state_arrives_when_the_forge_is_back(temporal: WorkflowEnvironment) -> None:
    """However long a forge is away, its pull request shows the present state soon after, and never an older one."""
    async with stage(temporal.client, files=SEEDLESS) as own:
        key = own.opened()
        own.images.waits.add(own.head(key))
        await own.tell(key)
        await own.shows(key, Phase.BUILDING)
        own.forge.away = True
        own.images.appear(own.head(key))
        await own.reaches(key, Phase.READY)
        assert own.reported(key).phase is not Phase.READY

        own.forge.away = False
        ready = await own.shows(key, Phase.READY)

        assert ready.live_commit == own.head(key)
        phases = [report.phase for report in own.forge.reports[key]]
        assert phases.index(Phase.READY) == len(phases) - 1


async def test_a_report_that_hangs_is_replaced_by_a_newer_one(temporal: WorkflowEnvironment) -> None:
    """A stuck write does not hold back what people should see, and cannot land after it."""
    stuck = Gate("report")
    async with stage(temporal.client, stuck, files=SEEDLESS) as own:
        key = own.opened()
        own.images.waits.add(own.head(key))
        await own.tell(key)
        await event(stuck.reached, "the first report is under way")
        own.gates.gates.clear()
        began = asyncio.get_running_loop().time()

        async def late_enough() -> bool:
            return asyncio.get_running_loop().time() - began > PAUSE.total_seconds() + 1

        await until(late_enough, "the first report has been under way for long")
        own.images.appear(own.head(key))
        await own.reaches(key, Phase.READY)

        await own.shows(key, Phase.READY)
        assert [report.phase for report in own.forge.reports[key]][-1] is Phase.READY


async def test_urls_are_shown_only_while_they_answer(temporal: WorkflowEnvironment) -> None:
    """No reviewer is sent to an address where nothing answers."""
    async with stage(temporal.client, files=SEEDLESS) as own:
        key = own.opened()
        own.probe.say(own.url(key), "502 from the proxy")
        handle = await own.tell(key)
        await own.shows(key, Phase.PROBING)
        own.probe.say(own.url(key), None)
        await own.shows(key, Phase.READY)
        own.forge.close(key)
        await ended(await own.tell(key, "close", Close(by="")))
        assert (await handle.describe()).close_time is not None

        for report in own.forge.reports[key]:
            assert bool(report.urls) == (report.phase is Phase.READY), report.phase


async def test_the_memo_and_the_details_say_what_a_page_needs(temporal: WorkflowEnvironment) -> None:
    """Lists show URL, commit, title and reason without a worker, and the UI says in words what a preview waits for."""
    async with stage(temporal.client, files=SEEDLESS) as own:
        key = own.opened()
        handle = await own.ready(key)
        memo = await (await handle.describe()).memo()
        assert memo["url"] == own.url(key)
        assert memo["commit"] == memo["head"] == own.head(key)
        assert memo["title"] == "A change"

        details = str(await handle.query("__temporal_workflow_metadata"))
        assert "**ready** since" in details
        assert own.url(key) in details
