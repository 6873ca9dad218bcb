"""Continuing as new: a long history ends between two rollouts, and nobody notices."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import pytest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError

from activities import attributes
from domain.errors import PermanentError
from domain.messages import Close, Command, Extend, SetFlag
from domain.names import workflow_id
from domain.phases import Phase, Reason
from embedded.ports import free_ports
from embedded.temporal import temporal
from tests.waiting import until
from tests.workflows.stages import SEEDLESS, stage

pytestmark = pytest.mark.server

EVENTS = 150
"""The server of these tests suggests to continue as new when a history is as long as this."""


@pytest.fixture(scope="module")
async def impatient(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    """A server of its own that suggests to continue as new early."""
    folder: Path = tmp_path_factory.mktemp("impatient")
    port, ui_port = free_ports(2)
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(
            temporal(
                folder,
                port=port,
                ui_port=ui_port,
                search_attributes=attributes.ALL,
                dynamic_config={"limit.historyCount.suggestContinueAsNew": str(EVENTS)},
                in_memory=True,
            )
        )
        yield await Client.connect(server.address)


async def test_a_preview_that_continues_as_new_keeps_all_that_it_knows(impatient: Client) -> None:
    """Push after push, a preview goes on as new between rollouts: its data, its wishes and its flags are kept."""
    async with stage(impatient, files=SEEDLESS) as own:
        key = own.opened()
        handle = await own.ready(key)
        await own.ask(key, "extend", Extend(hours=48))
        await own.ask(key, "pin", Command(by="alice"))
        await own.ask(key, "flag", SetFlag(name="banner", value="on"))
        first = await own.status(key)
        for number in range(6):
            own.forge.push(key, {"page": b"%d" % number})
            await own.tell(key)
            await own.reaches(key, Phase.READY, commit=own.head(key))

        async def continued() -> bool:
            runs = impatient.list_workflows(f"WorkflowId = '{workflow_id(key)}' AND ExecutionStatus = 'ContinuedAsNew'")
            return len([run async for run in runs]) >= 2

        await until(continued, "it continued as new twice", show=lambda: own.status(key))
        last = await own.status(key)
        assert (last.generation, last.pinned, last.ledger) == (first.generation, True, first.ledger)
        assert last.meter == first.meter
        assert last.flags == first.flags
        assert own.platform.flags(own.policies(key).label)["banner"] == "true"
        assert own.database.log.count(("branch", last.database_name)) == 1
        assert last.live_commit == own.head(key)
        newest = impatient.get_workflow_handle(workflow_id(key))
        assert len((await newest.fetch_history()).events) < EVENTS * 2

        gone = await own.closed(key)
        assert len(gone) == len(last.ledger)
        assert (await handle.describe()).id == workflow_id(key)


async def test_no_signal_is_lost_where_runs_meet(impatient: Client) -> None:
    """Messages in a steady stream, over several runs: the last push is what runs, and one workflow owns it."""
    async with stage(impatient, files=SEEDLESS) as own:
        key = own.opened()
        await own.ready(key)
        for number in range(60):
            own.forge.push(key, {"page": b"%d" % number})
            await own.tell(key)
            if number % 10 == 0:
                await own.ask(key, "extend", Extend(hours=1))

        ready = await own.reaches(key, Phase.READY, commit=own.head(key))
        assert ready.live_commit == own.head(key)

        async def one_follows_another() -> bool:
            await own.tell(key)
            runs = impatient.list_workflows(f"WorkflowId = '{workflow_id(key)}'")
            statuses = [run.status async for run in runs]
            ended = statuses.count(WorkflowExecutionStatus.CONTINUED_AS_NEW)
            return ended >= 1 and len(statuses) == ended + 1

        await until(one_follows_another, "every run but one continued as new", show=lambda: own.status(key))
        await own.closed(key)
        assert own.left() == []


def _refuse(verb: str) -> None:
    if verb == "drop":
        raise PermanentError("held by a subscription", reason=Reason.TEARDOWN_BLOCKED)


def _allow(_verb: str) -> None:
    """Nothing fails any more."""


async def test_a_teardown_that_is_blocked_for_long_goes_on_in_a_new_run(impatient: Client) -> None:
    """What blocks a teardown may do so for weeks: its history does not grow with them, and nothing is forgotten."""
    async with stage(impatient, files=SEEDLESS) as own:
        key = own.opened()
        handle = await own.ready(key)
        made = (await own.status(key)).ledger
        own.database.faults = _refuse
        own.forge.close(key)

        async def continued() -> bool:
            await own.tell(key, "close", Close(by="alice"))
            return (await own.handle(key).describe()).run_id != handle.first_execution_run_id

        await until(continued, "the teardown goes on in a new run", show=lambda: own.status(key), seconds=60)
        assert (await own.status(key)).phase is Phase.CLOSING
        own.database.faults = _allow

        async def is_over() -> bool:
            with suppress(RPCError):
                await own.handle(key).signal("close", Close(by="alice"))
            return (await own.handle(key).describe()).status is WorkflowExecutionStatus.COMPLETED

        await until(is_over, "the teardown has ended", show=lambda: own.status(key))
        gone = await own.handle(key).result()

        assert sorted(gone) == sorted(str(entry) for entry in made)
        assert own.left() == []
