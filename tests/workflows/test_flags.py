"""Flags: set by hand while a preview runs, kept whatever happens to it, and never in the way of anything else."""

import asyncio

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment
from typing_extensions import override

from domain.errors import PermanentError, TemporaryError
from domain.flags import Flag
from domain.messages import Command, SetFlag
from domain.names import Key
from domain.phases import Phase
from domain.requests import FlagsRequest
from tests.fakes.platforms import FakePlatform
from tests.waiting import until
from tests.workflows.gates import Gate
from tests.workflows.stages import PLAIN, Stage, event, stage

pytestmark = pytest.mark.server

ON = SetFlag(name="banner", value="on")


class AwayPlatform(FakePlatform):
    """A platform at which setting flags fails so, one failure after the other, until there are none left."""

    def __init__(self, failures: list[TemporaryError | PermanentError]) -> None:
        super().__init__(instance="local")
        self.failures = failures

    @override
    async def set_flags(self, request: FlagsRequest) -> None:
        """The next failure, while there is one."""
        if self.failures:
            raise self.failures.pop(0)
        await super().set_flags(request)


def read(own: Stage, key: Key) -> dict[str, str]:
    """What the preview's services read now."""
    return dict(own.platform.flags(own.policies(key).label))


async def test_a_flag_is_set_in_what_runs_without_a_rollout(temporal: WorkflowEnvironment) -> None:
    """The answer comes when the preview has the flag; the same revision answers all the while."""
    async with stage(temporal.client, files=PLAIN) as own:
        key = own.opened()
        await own.ready(key)
        before = read(own, key)

        said = await own.ask(key, "flag", ON)
        after = read(own, key)
        status = await own.status(key)
        shown = await own.shows(key, Phase.READY, lambda report: bool(report.flags))
        reset = await own.ask(key, "flag", SetFlag(name="banner", reset=True))

        assert read(own, key) == before
        assert own.gates.names.count("deploy") == 1

    assert (before, after) == ({"banner": "false", "limit": "3"}, {"banner": "true", "limit": "3"})
    assert said == "banner is true (false in the definition)"
    assert reset == "banner is false, as in the definition"
    assert status.flags[0] == Flag(name="banner", default="false", override="true", value="true")
    assert [flag.name for flag in shown.flags] == ["banner"]


async def test_a_flag_stays_over_pushes_stop_and_start(temporal: WorkflowEnvironment) -> None:
    """What I have set holds for every later revision, and is there again after the preview was down."""
    async with stage(temporal.client, files=PLAIN) as own:
        key = own.opened()
        await own.ready(key)
        await own.ask(key, "flag", ON)
        own.forge.push(key, {"page": b"2"})
        await own.tell(key)
        await own.reaches(key, Phase.READY, commit=own.head(key))
        pushed = read(own, key)

        await own.ask(key, "stop", Command())
        await own.reaches(key, Phase.STOPPED)
        said = await own.ask(key, "flag", SetFlag(name="limit", value="5"))
        await own.ask(key, "start", Command())
        await own.reaches(key, Phase.READY)
        started = read(own, key)

    assert pushed == {"banner": "true", "limit": "3"}
    assert said == "limit is 5 (3 in the definition); it counts from the rollout that comes next"
    assert started == {"banner": "true", "limit": "5"}
    # Each deployment brought them along: only the first wish was for something that ran.
    assert own.gates.names.count("set_flags") == 1


@pytest.mark.parametrize(
    ("wish", "answer"),
    [
        (SetFlag(name="baner", value="on"), "declares no flag 'baner'; there are banner, limit"),
        (SetFlag(name="banner", value="maybe"), "banner is a switch; say on or off"),
        (SetFlag(name="limit", value="many"), "limit is a number (3 in the definition)"),
        (SetFlag(name="baner", reset=True), "declares no flag 'baner'; there are banner, limit"),
    ],
)
async def test_a_wish_that_makes_no_sense_is_refused(wish: SetFlag, answer: str, temporal: WorkflowEnvironment) -> None:
    """A slip of the finger is told what there is, and changes nothing."""
    async with stage(temporal.client, files=PLAIN) as own:
        key = own.opened()
        await own.ready(key)

        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await own.ask(key, "flag", wish)
        status = await own.status(key)

    assert isinstance(refused.value.cause, ApplicationError)
    assert answer in refused.value.cause.message
    assert all(flag.override is None for flag in status.flags)


async def test_a_flag_set_while_a_revision_is_deployed_is_there_in_the_end(temporal: WorkflowEnvironment) -> None:
    """A wish that comes in the middle of a deployment waits for it, and is not lost to it."""
    gate = Gate("deploy", after=True)
    async with stage(temporal.client, gate, files=PLAIN) as own:
        key = own.opened()
        await own.tell(key)
        await event(gate.reached, "it is deployed")

        said = await own.ask(key, "flag", ON)
        gate.opened.set()
        await own.reaches(key, Phase.READY)

        async def there() -> bool:
            return read(own, key)["banner"] == "true"

        await until(there, "the banner is on")

    assert said == "banner is true (false in the definition); it counts from the rollout that goes on"


async def test_a_close_does_not_wait_for_a_flag(temporal: WorkflowEnvironment) -> None:
    """A preview is removed at once, though its platform has not taken a flag yet."""
    gate = Gate("set_flags")
    async with stage(temporal.client, gate, files=PLAIN) as own:
        key = own.opened()
        await own.ready(key)
        asking = asyncio.create_task(own.ask(key, "flag", ON))
        await event(gate.reached, "the flag is being set")

        receipt = await own.closed(key)
        await asyncio.wait([asking])

    assert len(receipt) > 3
    assert own.left() == []


async def test_a_platform_that_is_away_gets_the_flag_when_it_is_back(temporal: WorkflowEnvironment) -> None:
    """Whoever set the flag need not say it again."""
    platform = AwayPlatform([TemporaryError("it does not answer")] * 2)
    async with stage(temporal.client, files=PLAIN, platform=platform) as own:
        key = own.opened()
        await own.ready(key)
        said = await own.ask(key, "flag", ON)
        flags = read(own, key)

    assert said == "banner is true (false in the definition)"
    assert flags["banner"] == "true"


async def test_a_platform_that_refuses_is_told_of(temporal: WorkflowEnvironment) -> None:
    """A missing right is shown on the pull request, and is asked for once and not for ever."""
    platform = AwayPlatform([PermanentError("matinee may not change configmaps")])
    async with stage(temporal.client, files=PLAIN, platform=platform) as own:
        key = own.opened()
        await own.ready(key)
        await own.ask(key, "flag", ON)
        shown = await own.shows(key, Phase.READY, lambda report: bool(report.detail))

    assert shown.detail == "its flags could not be set: matinee may not change configmaps"
    assert own.gates.names.count("set_flags") == 1
