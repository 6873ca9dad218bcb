"""Closing: from every step of a rollout, and from every rest, all of a preview goes and is verified gone."""

import asyncio
from collections.abc import Callable

import pytest
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from domain.messages import Close
from domain.names import Key
from domain.phases import Phase, Reason
from tests.fakes.platforms import Program
from tests.waiting import until
from tests.workflows.gates import Gate
from tests.workflows.stages import FILES, PLAIN, SEEDLESS, Stage, ended, event, stage

pytestmark = pytest.mark.server

Blocked = Callable[[Stage, Key], None]


def no_image(own: Stage, key: Key) -> None:
    """The pipeline never pushes the image."""
    own.images.waits.add(own.head(key))


def endless_seed(own: Stage, _key: Key) -> None:
    """The seed command does not end."""
    own.platform.programs["seed",] = Program(exit_code=None)


def slow_branch(own: Stage, _key: Key) -> None:
    """The database server copies for ever."""
    own.database.pause = _for_ever


def endless_migration(own: Stage, _key: Key) -> None:
    """The migration does not end."""
    own.platform.programs["migrate",] = Program(exit_code=None)


def unhealthy_service(own: Stage, _key: Key) -> None:
    """A service starts and never becomes healthy."""
    own.platform.programs["api",] = Program(healthy=False)


def no_answer(own: Stage, key: Key) -> None:
    """The URL never answers well."""
    own.probe.say(own.url(key), "502 from the proxy")


async def _for_ever(verb: str) -> None:
    if verb == "branch":
        await asyncio.Event().wait()


STEPS: list[tuple[Phase, Blocked, bool]] = [
    (Phase.BUILDING, no_image, True),
    (Phase.BRANCHING, endless_seed, True),
    (Phase.BRANCHING, slow_branch, False),
    (Phase.MIGRATING, endless_migration, False),
    (Phase.DEPLOYING, unhealthy_service, True),
    (Phase.PROBING, no_answer, True),
]


async def test_close_in_the_middle_of_each_step_leaves_nothing(temporal: WorkflowEnvironment) -> None:
    """Wherever a rollout is when its pull request closes, everything goes, and no forge is needed for it."""
    await asyncio.gather(*(_closes_while(temporal.client, *step) for step in STEPS))


async def _closes_while(client: Client, phase: Phase, block: Blocked, seeded: bool) -> None:
    async with stage(client, files=FILES if seeded else SEEDLESS) as own:
        key = own.opened()
        block(own, key)
        handle = await own.tell(key)
        await own.reaches(key, phase)

        await _closed_without_a_forge(own, key, handle)


async def test_close_while_an_activity_runs_waits_for_its_end_and_leaves_nothing(temporal: WorkflowEnvironment) -> None:
    """An activity that is at work when the pull request closes cannot make anything after the teardown."""
    names = ["begin", "look", "plan", "resolve_image", "branch", "run_command", "deploy", "settle", "probe", "report"]
    await asyncio.gather(*(_closes_during(temporal.client, name) for name in names))


async def _closes_during(client: Client, name: str) -> None:
    gate = Gate(name)
    async with stage(client, gate, files=SEEDLESS) as own:
        key = own.opened()
        handle = await own.tell(key)
        await event(gate.reached, f"{name} is at work")
        own.forge.close(key)
        await handle.signal("close", Close(by=""))
        if name in {"begin", "look", "report"}:
            gate.opened.set()

        assert await ended(handle) is not None
        assert own.left() == [], f"left after a close during {name}"
        assert set(own.gates.running) <= {"look", "plan", "probe"}, "only what makes nothing may still be at work"


async def _closed_without_a_forge(own: Stage, key: Key, handle: WorkflowHandle[object, list[str]]) -> None:
    own.forge.close(key)
    own.forge.away = True
    await handle.signal("close", Close(by=""))

    async def gone() -> bool:
        return (await own.status(key)).phase is Phase.GONE

    await until(gone, "everything is gone though the forge is away", show=lambda: own.status(key))
    assert own.left() == []
    own.forge.away = False
    assert await ended(handle)
    assert own.reported(key).phase is Phase.GONE


async def test_a_teardown_that_is_blocked_names_the_blocker_and_goes_on(skipping: WorkflowEnvironment) -> None:
    """What cannot be removed is named on the pull request until it is gone, and then everything goes."""
    async with stage(skipping.client, files=PLAIN) as own:
        key = own.opened()
        handle = await own.ready(key)
        label = (await own.status(key)).label
        own.platform.blocked.add(label)
        own.forge.close(key)
        await handle.signal("close", Close(by=""))

        async def blocked() -> bool:
            return (await own.status(key)).reason is Reason.TEARDOWN_BLOCKED

        await until(blocked, "the blocker is named", seconds=60, show=lambda: own.status(key))
        status = await own.status(key)
        assert status.phase is Phase.CLOSING
        assert status.detail == f"platform local: still there: {label}"
        assert {entry.port for entry in status.ledger} == {"platform"}
        report = await own.shows(key, Phase.CLOSING, lambda report: report.remaining == status.ledger)
        assert report.reason is Reason.TEARDOWN_BLOCKED

        own.platform.blocked.clear()
        await own.tell(key)
        assert len(await ended(handle)) > 2
        assert own.left() == []
        assert own.reported(key).phase is Phase.GONE
