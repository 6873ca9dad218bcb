"""Lifetimes: a preview ends by itself after a warning, comes back on a push, and does what people ask meanwhile."""

from dataclasses import replace
from datetime import timedelta

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment

from domain.messages import Close, Command, Extend
from domain.names import Key
from domain.phases import Phase
from domain.policies import Policy
from tests.workflows.gates import Gate
from tests.workflows.stages import PLAIN, SEEDLESS, Stage, ended, event, stage

pytestmark = pytest.mark.server


async def test_an_unused_preview_warns_once_expires_and_comes_back_on_a_push(skipping: WorkflowEnvironment) -> None:
    """A week without a push: a warning on the sixth day, gone on the seventh, and up again with the next push."""
    async with stage(skipping.client, files=PLAIN) as own:
        key = own.opened()
        await own.tell(key)

        expired = await own.reaches(key, Phase.EXPIRED)
        assert own.left() == []
        assert expired.detail == "its lifetime is over; push, or start it, to bring it back"
        report = await own.shows(key, Phase.EXPIRED)
        assert len(report.receipt) > 3
        warnings = [each for each in own.forge.reports[key] if each.detail.startswith("its lifetime ends")]
        assert len(warnings) == 1
        assert warnings[0].expires is not None
        assert timedelta(hours=23) < warnings[0].expires - warnings[0].at <= timedelta(days=1)

        own.forge.push(key, {"page": b"2"})
        await own.tell(key)
        await own.shows(key, Phase.EXPIRED, lambda report: report.commit == own.head(key))
        assert own.head(key) in {report.live_commit for report in own.forge.reports[key]}
        await own.closed(key)


async def test_extend_pin_and_unpin_move_the_end(skipping: WorkflowEnvironment) -> None:
    """Two days more are two days more, a pinned preview has no end, and an unpinned one has one again."""
    async with stage(skipping.client, files=PLAIN) as own:
        key = own.opened()
        with skipping.with_time_skipping_disabled():
            handle = await own.ready(key)
        before = (await own.status(key)).expires
        assert before is not None
        assert (
            await own.ask(key, "extend", Extend(hours=48)) == f"expires {before + timedelta(days=2):%Y-%m-%d %H:%M} UTC"
        )

        await skipping.fast_forward(handle, timedelta(days=8))
        warned = await own.shows(key, Phase.READY, lambda report: report.detail != "")
        assert warned.detail.startswith("its lifetime ends")

        assert await own.ask(key, "pin", Command(by="alice")) == "pinned by alice"
        await skipping.fast_forward(handle, timedelta(days=90))
        pinned = await own.status(key)
        assert (pinned.phase, pinned.expires, pinned.detail) == (Phase.READY, None, "")

        assert await own.ask(key, "unpin", Command(by="alice")) == "unpinned by alice"
        unpinned = await own.status(key)
        assert unpinned.expires is not None
        assert unpinned.expires > before + timedelta(days=90)
        await skipping.fast_forward(handle, timedelta(days=8))
        await own.reaches(key, Phase.EXPIRED)
        await own.closed(key)


async def test_stop_takes_all_down_and_start_brings_it_back(temporal: WorkflowEnvironment) -> None:
    """A stopped preview costs nothing, says who stopped it, and comes back when somebody starts it."""
    async with stage(temporal.client, files=SEEDLESS) as own:
        key = own.opened()
        await own.ready(key)
        assert await own.ask(key, "stop", Command(by="bob")) == "stopping; a push or a start brings it back"

        stopped = await own.reaches(key, Phase.STOPPED)
        assert stopped.detail == "stopped by bob; push, or start it"
        assert own.left() == []
        assert len((await own.shows(key, Phase.STOPPED)).receipt) > 5
        await own.tell(key)
        assert (await own.status(key)).phase is Phase.STOPPED, "the same commit is no push"

        assert await own.ask(key, "start", Command(by="bob")) == "starting, as bob asked"
        await own.reaches(key, Phase.READY)
        await own.ask(key, "stop", Command(by="bob"))
        await own.reaches(key, Phase.STOPPED)
        own.forge.push(key, {"page": b"2"})
        await own.tell(key)
        await own.reaches(key, Phase.READY, commit=own.head(key))


async def test_stopped_in_the_middle_of_a_rollout_can_be_started_again(temporal: WorkflowEnvironment) -> None:
    """Stop wins over a rollout, and start begins the same commit anew."""
    async with stage(temporal.client, files=SEEDLESS) as own:
        key = own.opened()
        own.images.waits.add(own.head(key))
        await own.tell(key)
        await own.reaches(key, Phase.BUILDING)
        await own.ask(key, "stop", Command(by="bob"))
        await own.reaches(key, Phase.STOPPED)
        assert own.left() == []

        own.images.appear(own.head(key))
        await own.ask(key, "start", Command(by="bob"))
        await own.reaches(key, Phase.READY, commit=own.head(key))


async def test_a_draft_comes_up_when_it_is_ready_for_review(temporal: WorkflowEnvironment) -> None:
    """Where drafts get no preview, one that becomes a draft goes down, and comes back as soon as it is none."""
    plan = Gate("plan")
    async with stage(temporal.client, plan, files=SEEDLESS, policy=no_drafts) as own:
        key = own.opened()
        await own.tell(key)
        await event(plan.reached, "the rollout has begun")
        own.forge.change(key, draft=True)
        await own.tell(key)
        waiting = await own.reaches(key, Phase.WAITING_FOR_APPROVAL)
        assert waiting.detail == "not started: draft; mark it ready for review"

        plan.opened.set()
        own.forge.change(key, draft=False)
        await own.tell(key)
        await own.reaches(key, Phase.READY, commit=own.head(key))


async def test_a_rule_that_the_operator_changes_reaches_previews_that_run(temporal: WorkflowEnvironment) -> None:
    """From the next event on a preview lives by the rules of now; where its resources are stays as it was."""
    async with stage(temporal.client, files=SEEDLESS) as own:
        key = own.opened()
        await own.ready(key)
        own.forge.change(key, draft=True)
        own.policy = lambda policy: no_drafts(replace(policy, label="elsewhere-1"))

        await own.tell(key)
        await own.reaches(key, Phase.WAITING_FOR_APPROVAL)

        assert own.left() == []


async def test_what_cannot_be_done_is_refused_with_words(temporal: WorkflowEnvironment) -> None:
    """A wish that makes no sense now is answered with the one that does, and changes nothing."""
    removing = Gate("remove_deployments")
    async with stage(temporal.client, removing, files=SEEDLESS) as own:
        key = own.opened()
        handle = await own.ready(key)
        by_bob = Command(by="bob")
        assert "redeploy" in await _refused(own, key, "start", by_bob)
        assert "nothing failed" in await _refused(own, key, "retry", by_bob)
        assert "give more than 0" in await _refused(own, key, "extend", Extend(hours=-1))
        assert "at most 2160" in await _refused(own, key, "extend", Extend(hours=10_000))

        await own.ask(key, "stop", by_bob)
        for name in ("redeploy", "retry", "reset_database"):
            assert await _refused(own, key, name, by_bob) == "it is stopped; start it first"

        await handle.signal("close", Close(by="bob"))
        await event(removing.reached, "the teardown has begun")
        for name in ("start", "stop", "redeploy", "retry", "reset_database", "pin", "unpin"):
            assert "it is closing; reopen" in await _refused(own, key, name, by_bob)
        assert "it is closing; reopen" in await _refused(own, key, "extend", Extend(hours=1))
        own.forge.close(key)
        removing.opened.set()
        await ended(handle)


async def test_stopped_and_then_closed_has_the_receipt_of_what_was_removed(temporal: WorkflowEnvironment) -> None:
    """A close that comes while a stop is being carried out makes it the last teardown, receipt included."""
    removing = Gate("remove_deployments")
    async with stage(temporal.client, removing, files=SEEDLESS) as own:
        key = own.opened()
        handle = await own.ready(key)
        await own.ask(key, "stop", Command(by="bob"))
        await event(removing.reached, "the teardown has begun")
        own.forge.close(key)
        await handle.signal("close", Close(by=""))
        removing.opened.set()

        assert len(await ended(handle)) > 5
        assert own.reported(key).phase is Phase.GONE


def no_drafts(policy: Policy) -> Policy:
    """An operator whose drafts get no preview."""
    return replace(policy, drafts_allowed=False)


async def _refused(own: Stage, key: Key, update: str, message: object) -> str:
    """The words with which the preview refuses this."""
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await own.ask(key, update, message)
    cause = refused.value.cause
    assert isinstance(cause, ApplicationError)
    return cause.message
