"""Failures: each step that fails says why in the right words, and what was good before it stays or comes back."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.testing import WorkflowEnvironment

from domain.errors import PermanentError
from domain.messages import Close, Command, Observed
from domain.names import Key
from domain.phases import Phase, Reason, StepName, StepState
from domain.policies import Policy
from domain.resources import DatabaseRef
from tests.fakes.platforms import Program
from tests.waiting import until
from tests.workflows.stages import SEEDLESS, Stage, ended, stage

pytestmark = pytest.mark.server

Broken = Callable[[Stage, Key], None]
Case = tuple[str, Broken, Reason, str, StepName]


def no_definition(own: Stage, key: Key) -> None:
    """The push takes `.matinee.yaml` away."""
    own.forge.repositories[key.repository].commits[own.head(key)].pop(".matinee.yaml")


def wrong_definition(own: Stage, key: Key) -> None:
    """The push breaks `.matinee.yaml`."""
    own.forge.repositories[key.repository].commits[own.head(key)][".matinee.yaml"] = b"version: 1\nservices: 7\n"


def broken_build(own: Stage, key: Key) -> None:
    """The push does not build."""
    own.images.fails[own.head(key)] = "make: *** no rule"


def late_image(own: Stage, key: Key) -> None:
    """The push's image does not come within the build limit."""
    own.images.waits.add(own.head(key))


def broken_branch(own: Stage, key: Key) -> None:
    """The database server refuses a copy, which a rewritten migration needs."""
    own.forge.repositories[key.repository].commits[own.head(key)]["migrations/0001.sql"] = b"rewritten"

    def refuse(verb: str) -> None:
        if verb == "branch":
            raise PermanentError("no room for one more database", reason=Reason.DATABASE_REFUSED)

    own.database.faults = refuse


def broken_migration(own: Stage, _key: Key) -> None:
    """The next migration fails; the one that brings the last good revision back does not."""
    own.platform.programs["migrate",] = Program(lines=("ERROR: no such column",), exit_code=3)


def broken_service(own: Stage, _key: Key) -> None:
    """A service ends as soon as it is started."""
    own.platform.programs["api",] = Program(lines=("no module named shop",), exit_code=1)


def silent_service(own: Stage, _key: Key) -> None:
    """A service runs and never becomes healthy."""
    own.platform.programs["api",] = Program(healthy=False)


def wrong_answer(own: Stage, key: Key) -> None:
    """The URL answers badly."""
    own.probe.say(own.url(key), "answered 500 on /")


CASES: list[Case] = [
    ("no definition", no_definition, Reason.DEFINITION_MISSING, "add one", StepName.DEFINITION),
    ("wrong definition", wrong_definition, Reason.DEFINITION_INVALID, "services", StepName.DEFINITION),
    ("broken build", broken_build, Reason.BUILD_FAILED, "make: *** no rule", StepName.IMAGE),
    ("late image", late_image, Reason.IMAGE_MISSING, "waiting for the image", StepName.IMAGE),
    ("broken service", broken_service, Reason.SERVICE_FAILED, "no module named shop", StepName.DEPLOY),
    ("silent service", silent_service, Reason.TIMED_OUT, "api answers 503", StepName.DEPLOY),
    ("wrong answer", wrong_answer, Reason.PROBE_FAILED, "answered 500", StepName.URL),
]


def hasty(policy: Policy) -> Policy:
    """An operator who waits for nothing longer than two seconds."""
    return replace(policy, image_limit=2.0, settle_limit=2.0, probe_limit=2.0)


async def test_a_step_that_fails_says_why_and_a_mended_push_goes_on(temporal: WorkflowEnvironment) -> None:
    """Whatever fails, people read the reason and the words for it, see what is live still, and the next push works."""
    await asyncio.gather(*(_fails(temporal.client, case) for case in CASES))


async def _fails(client: Client, case: Case) -> None:
    name, break_it, reason, words, step = case
    async with stage(client, files=SEEDLESS, policy=hasty) as own:
        key = own.opened()
        await own.ready(key)
        good = own.head(key)
        own.forge.push(key, {"page": b"2"})
        break_it(own, key)
        await own.tell(key)

        failed = await own.reaches(key, Phase.FAILED, commit=own.head(key))
        assert failed.reason is reason, name
        assert words in failed.detail, name
        assert {each.name for each in failed.steps if each.state is StepState.FAILED} == {step}, name
        assert failed.live_commit == ("" if step is StepName.URL else good), name
        report = await own.shows(key, Phase.FAILED)
        assert (report.reason, report.live_commit) == (reason, failed.live_commit), name
        assert bool(report.urls) == bool(failed.live_commit), name

        own.platform.programs.clear()
        own.probe.say(own.url(key), None)
        own.forge.push(key, {".matinee.yaml": own.files[".matinee.yaml"]})
        await own.tell(key)
        await own.reaches(key, Phase.READY, commit=own.head(key))


async def test_a_failed_migration_brings_the_last_good_revision_back_on_fresh_data(
    temporal: WorkflowEnvironment,
) -> None:
    """When a migration fails, what worked before works again, and the pull request says that its data are new."""
    async with stage(temporal.client, files=SEEDLESS) as own:
        key = own.opened()
        await own.ready(key)
        before, good = await own.status(key), own.head(key)
        own.forge.push(key, {"migrations/0003.sql": b"wrong", ".matinee.yaml": _migrating_by("wrong")})
        own.platform.programs["wrong",] = Program(lines=("ERROR: no such column",), exit_code=3)
        await own.tell(key)

        failed = await own.reaches(key, Phase.FAILED, commit=own.head(key))
        assert failed.reason is Reason.MIGRATION_FAILED
        assert "ERROR: no such column" in failed.detail
        assert f"{good[:10]} is back, on fresh data" in failed.detail
        assert {step.name for step in failed.steps if step.state is StepState.FAILED} == {StepName.MIGRATION}
        assert failed.live_commit == good
        assert failed.generation > before.generation

        own.platform.programs.clear()
        assert "trying again" in await own.ask(key, "retry", Command(by="alice"))
        ready = await own.reaches(key, Phase.READY, commit=own.head(key))
        assert ready.live_commit == own.head(key)


async def test_a_branch_that_cannot_be_replaced_ends_in_words(temporal: WorkflowEnvironment) -> None:
    """Rewritten migrations need fresh data; where the server refuses them, people read that and what became of it."""
    async with stage(temporal.client, files=SEEDLESS) as own:
        key = own.opened()
        await own.ready(key)
        own.forge.push(key, {"page": b"2"})
        broken_branch(own, key)
        await own.tell(key)

        failed = await own.reaches(key, Phase.FAILED, commit=own.head(key))
        assert failed.reason is Reason.DATABASE_REFUSED
        assert "no room" in failed.detail
        assert "could not be brought back" in failed.detail
        assert failed.live_commit == ""


async def test_what_is_live_keeps_its_data_until_the_images_are_there(temporal: WorkflowEnvironment) -> None:
    """A force-push whose build fails takes nothing away from those who use the preview meanwhile."""
    async with stage(temporal.client, files=SEEDLESS) as own:
        key = own.opened()
        await own.ready(key)
        before = await own.status(key)
        own.forge.push(key, {"migrations/0001.sql": b"rewritten"})
        broken_build(own, key)
        await own.tell(key)

        failed = await own.reaches(key, Phase.FAILED, commit=own.head(key))
        assert (failed.reason, failed.live_commit) == (Reason.BUILD_FAILED, before.live_commit)
        connection = await own.database.connection(_reference(own, before.database_name, before.generation))
        assert own.database.server.enter(connection) == before.database_name


async def test_two_resets_at_once_are_two_sets_of_fresh_data(temporal: WorkflowEnvironment) -> None:
    """`reset-database` replaces the data, however soon after they were made."""
    async with stage(temporal.client, files=SEEDLESS) as own:
        key = own.opened()
        await own.ready(key)
        before = await own.status(key)
        store = own.database.server.stores[before.database_name]
        own.database.server.stores[before.database_name] = replace(store, rows=("written by a user",))
        for _ in range(2):
            await own.ask(key, "reset_database", Command(by="alice"))

        async def fresh() -> bool:
            status = await own.status(key)
            return status.phase is Phase.READY and status.generation > before.generation

        await until(fresh, "the data are fresh", show=lambda: own.status(key))
        assert own.database.server.stores[before.database_name].rows == ()


async def test_a_preview_that_does_not_answer_is_deployed_again_with_its_data(temporal: WorkflowEnvironment) -> None:
    """After a machine was restarted, the same revision runs again, its data kept, and nothing is migrated."""
    async with stage(temporal.client, files=SEEDLESS) as own:
        key = own.opened()
        handle = await own.ready(key)
        before = await own.status(key)
        runs, release = len(own.platform.runs), own.platform.machine.previews[before.label].live
        await handle.signal("observed", Observed(healthy=False, detail="it did not answer"))

        async def repaired() -> bool:
            live = own.platform.machine.previews[before.label].live
            return live != release and (await own.status(key)).phase is Phase.READY

        await until(repaired, "the repair is done", show=lambda: own.status(key))
        after = await own.status(key)
        assert (after.live_commit, after.generation) == (before.live_commit, before.generation)
        assert len(own.platform.runs) == runs
        await handle.signal("observed", Observed(healthy=True))
        assert (await own.status(key)).phase is Phase.READY


async def test_a_failed_preview_stays_failed_with_its_reason_after_a_repair(temporal: WorkflowEnvironment) -> None:
    """Repairing the revision that is live does not hide that the newest commit has failed."""
    async with stage(temporal.client, files=SEEDLESS) as own:
        key = own.opened()
        handle = await own.ready(key)
        good = own.head(key)
        own.forge.push(key, {"page": b"2"})
        broken_build(own, key)
        await own.tell(key)
        failed = await own.reaches(key, Phase.FAILED)
        release = own.platform.machine.previews[failed.label].live

        await handle.signal("observed", Observed(healthy=False, detail="it did not answer"))

        async def repaired() -> bool:
            live = own.platform.machine.previews[failed.label].live
            return live != release and (await own.status(key)).phase is Phase.FAILED

        await until(repaired, "the repair is done", show=lambda: own.status(key))
        after = await own.status(key)
        assert (after.reason, after.detail) == (failed.reason, failed.detail)
        assert after.live_commit == good


async def test_an_image_that_comes_late_cures_the_failure(temporal: WorkflowEnvironment) -> None:
    """When the pipeline pushes the image after all, its message is enough to go on."""
    async with stage(temporal.client, files=SEEDLESS, policy=hasty) as own:
        key = own.opened()
        late_image(own, key)
        handle = await own.tell(key)
        await own.reaches(key, Phase.FAILED)
        own.images.appear(own.head(key))

        await handle.signal("image_built", {"commit": own.head(key)})

        await own.reaches(key, Phase.READY, commit=own.head(key))


async def test_a_forge_that_knows_no_such_pull_request_ends_nothing(temporal: WorkflowEnvironment) -> None:
    """A 404 is no evidence: the preview stays up with a reason, until the forge or a person says closed."""
    async with stage(temporal.client, files=SEEDLESS) as own:
        key = own.opened()
        handle = await own.ready(key)
        pull = own.forge.pulls[key]
        own.forge.forget(key)
        await own.tell(key)

        async def told() -> bool:
            return (await own.status(key)).reason is Reason.FORGE_REFUSED

        await until(told, "the status says so", show=lambda: own.status(key))
        assert (await own.status(key)).live_commit == pull.head.commit
        own.forge.pulls[key] = pull
        await own.tell(key)
        await own.reaches(key, Phase.READY)

        own.forge.forget(key)
        await handle.signal("close", Close(by="alice"))
        assert await ended(handle)
        assert own.left() == []


def _migrating_by(command: str) -> bytes:
    """The shop's definition, whose migrations are run by another command."""
    return SEEDLESS[".matinee.yaml"].replace(b"migrate: migrate", b"migrate: " + command.encode())


def _reference(own: Stage, name: str, generation: int) -> DatabaseRef:
    """The database of this name and generation."""
    return DatabaseRef(instance=own.server, name=name, label="", generation=generation)


async def test_a_preview_that_cannot_begin_says_why_and_begins_when_it_can(temporal: WorkflowEnvironment) -> None:
    """A wrong password of the database server is shown as such; once it is mended, the next event goes on."""
    async with stage(temporal.client, files=SEEDLESS) as own:
        refused = PermanentError("the server refuses the password of matinee", reason=Reason.SETTINGS)
        wrong = {"list"}

        def refuse(step: str) -> None:
            if step in wrong:
                raise refused

        own.database.faults = refuse
        key = own.opened()
        handle = await own.tell(key)
        failed = await own.reaches(key, Phase.FAILED)
        assert (failed.reason, failed.detail) == (Reason.SETTINGS, refused.message)

        wrong.clear()
        await own.tell(key)

        await own.reaches(key, Phase.READY)
        assert (await handle.describe()).status is WorkflowExecutionStatus.RUNNING
