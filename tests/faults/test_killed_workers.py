"""`kill -9` of the worker, before and after everything that it does: the end is the same, nothing twice, nothing left.

The cases are played at the same time, as most of their time is waiting until Temporal misses the worker; each test
waits for its own.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping

import pytest
from temporalio.client import Client

from composition import composed
from tests.faults.killing import Moment
from tests.faults.playing import (
    LIGHT,
    ROLLOUT,
    SEED,
    SWEEP,
    TEARDOWN,
    THROTTLE,
    Case,
    first_seed,
    flagged,
    healed,
    sweep,
    throttled,
    whole_life,
)
from tests.faults.sites import Site
from worker import activities_of

pytestmark = pytest.mark.server

AT_ONCE = 8

CASES = tuple(
    Case(workflow, activity, moment)
    for workflow, activities in (
        ("PreviewWorkflow", ROLLOUT | TEARDOWN | {"have_seed", "set_flags"}),
        ("SeedWorkflow", SEED),
        ("SweepWorkflow", SWEEP | LIGHT),
        ("ThrottleWorkflow", THROTTLE),
    )
    for activity in sorted(activities)
    for moment in Moment
)
QUICK = frozenset({"branch", "deploy", "drop"})
"""Those that are tried in every run of the tests; the others are slow only because they are many."""

Outcomes = Mapping[Case, asyncio.Task[None]]


def _parameters() -> list[object]:
    quick = {case for case in CASES if case.workflow == "PreviewWorkflow" and case.activity in QUICK}
    return [pytest.param(case, id=str(case), marks=() if case in quick else (pytest.mark.slow,)) for case in CASES]


@pytest.fixture(scope="module")
async def outcomes(request: pytest.FixtureRequest, site: Site) -> AsyncIterator[Outcomes]:
    """The case of every test that was chosen is under way."""
    gate = asyncio.Semaphore(AT_ONCE)
    functions = [item for item in request.session.items if isinstance(item, pytest.Function)]
    names = {item.callspec.id for item in functions if item.originalname == _TEST}
    chosen = [case for case in CASES if str(case) in names]
    tasks = {case: asyncio.create_task(_played(gate, site, case)) for case in chosen}
    yield tasks
    for task in tasks.values():
        task.cancel()
    await asyncio.gather(*tasks.values(), return_exceptions=True)


async def _played(gate: asyncio.Semaphore, site: Site, case: Case) -> None:
    async with gate:
        await _PLAYS.get(case.activity, _PLAYS[case.workflow])(site, case)


@pytest.mark.parametrize("case", _parameters())
async def test_a_killed_worker_changes_nothing_of_the_end(case: Case, outcomes: Outcomes) -> None:
    """Whenever the machine with the worker loses its power, the preview comes up once and goes away whole."""
    await outcomes[case]


async def test_nothing_that_a_worker_does_is_left_out(site: Site) -> None:
    """Whoever gives the worker another activity is told to have it killed here, too."""
    async with composed(site.settings) as ports:
        offered = activities_of(await Client.connect(site.parts.temporal.address), ports)

    # Nothing public tells the name that an activity was given.
    names = {getattr(each, "__temporal_activity_definition").name for each in offered}
    assert {case.activity for case in CASES} == names


_PLAYS = {
    # By the type of the workflow, or by the activity where that has a play of its own.
    "PreviewWorkflow": whole_life,
    "SeedWorkflow": first_seed,
    "SweepWorkflow": sweep,
    "ThrottleWorkflow": throttled,
    "have_seed": first_seed,
    "refresh_secrets": healed,
    "set_flags": flagged,
}
_TEST = test_a_killed_worker_changes_nothing_of_the_end.__name__
