"""Seeds: built once however many previews wait for one, and a failing one says why and can be mended."""

import asyncio

import pytest
from temporalio.testing import WorkflowEnvironment

from domain.messages import Command
from domain.phases import Phase, Reason, StepName
from domain.reports import Report
from tests.fakes.platforms import Program
from tests.waiting import until
from tests.workflows.gates import Gate
from tests.workflows.stages import event, stage

pytestmark = pytest.mark.server


async def test_two_previews_wait_for_one_seed(temporal: WorkflowEnvironment) -> None:
    """The seed of a repository is built by one workflow, and everything but the seed is gone after it."""
    async with stage(temporal.client) as own:
        keys = [own.opened(), own.opened()]
        await asyncio.gather(*(own.ready(key) for key in keys))

        assert [verb for verb, _ in own.database.log].count("seal") == 1
        assert sum(token.startswith("seed-") for token in own.platform.runs) == 1
        seeds = [each for each in own.database.server.stores.values() if each.owner[1] == "seed"]
        assert [seed.state for seed in seeds] == ["sealed"]

        async def tidy() -> bool:
            held = [*own.platform.machine.previews.values(), *own.shelf.values()]
            return all(each.key.number for each in held)

        await until(tidy, "what the seed was built with is gone")
        third = own.opened()
        await own.ready(third)
        assert [verb for verb, _ in own.database.log].count("open_seed") == 1


async def test_who_waits_for_the_seed_is_told_so(temporal: WorkflowEnvironment) -> None:
    """While the seed is built the pull request says what it waits for, and once it is there no longer."""
    gate = Gate("open_seed")
    async with stage(temporal.client, gate) as own:
        key = own.opened()
        await own.tell(key)
        await event(gate.reached, "the seed is being built")
        await own.shows(key, Phase.BRANCHING, lambda report: "waits for the seed" in _note(report))
        gate.opened.set()
        await own.reaches(key, Phase.READY, commit=own.head(key))
        shown = await own.shows(key, Phase.READY)
        assert not _note(shown), f"a preview that is ready shows {_note(shown)!r} beside its database"


def _note(report: Report) -> str:
    return next(step.note for step in report.steps if step.name is StepName.DATABASE)


async def test_a_failing_seed_fails_all_who_wait_and_a_retry_builds_it(temporal: WorkflowEnvironment) -> None:
    """Every preview shows the seed command's last lines; once it is mended, trying again is enough."""
    async with stage(temporal.client) as own:
        own.platform.programs["seed",] = Program(lines=("rows.csv: no such file",), exit_code=2)
        keys = [own.opened(), own.opened()]
        for key in keys:
            await own.tell(key)
        for key in keys:
            failed = await own.reaches(key, Phase.FAILED)
            assert failed.reason is Reason.SEED_FAILED
            assert "rows.csv: no such file" in failed.detail

        own.platform.programs.clear()
        for key in keys:
            await own.ask(key, "retry", Command(by="alice"))
        for key in keys:
            await own.reaches(key, Phase.READY, commit=own.head(key))
        assert [verb for verb, _ in own.database.log].count("seal") == 1
