"""Signal with start against a real Temporal server: one workflow per preview, whatever comes in."""

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest
from temporalio import workflow
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.attributes import EXPIRES, PHASE, PHASE_SINCE, REASON
from domain.errors import TemporaryError
from domain.messages import Close, PreviewInput, Push
from domain.names import Key, workflow_id
from starter.application import application
from starter.dispatching import Dispatcher
from starter.listing import Line, Previews
from starter.receiving import Message
from tests.servers import temporal_server
from tests.starter.deliveries import SECRET, headers, pull_event

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
QUEUE = "tests-dispatching"

pytestmark = pytest.mark.server


@workflow.defn(name="PreviewWorkflow", sandboxed=False)
class Recorder:
    """Stands where a preview's workflow stands: keeps its signals, shows itself, ends at `close`."""

    def __init__(self) -> None:
        self._signals: list[str] = []
        self._closed = False

    @workflow.run
    async def run(self, given: PreviewInput) -> list[str]:
        """What came in, in order."""
        workflow.upsert_search_attributes(  # pyright: ignore[reportUnknownMemberType] - a bare type argument of theirs
            [
                PHASE.value_set("ready"),
                PHASE_SINCE.value_set(NOW),
                REASON.value_set("none"),
                EXPIRES.value_set(NOW),
            ]
        )
        workflow.upsert_memo({"title": f"Paint {given.key} blue", "url": "http://shop-7.localhost:8080"})
        await workflow.wait_condition(lambda: self._closed)
        return self._signals

    @workflow.signal
    def push(self, push: Push) -> None:
        """Keeps it."""
        self._signals.append(f"push {push.commit} {push.delivery}")

    @workflow.signal
    def close(self, close: Close) -> None:
        """Keeps it and ends."""
        self._signals.append(f"close by {close.by!r}")
        self._closed = True

    @workflow.query
    def signals(self) -> list[str]:
        """What came in so far."""
        return self._signals


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[WorkflowEnvironment]:
    """A Temporal server for this file, with a worker that runs recorders."""
    async with temporal_server() as environment:
        worker = Worker(
            environment.client, task_queue=QUEUE, workflows=[Recorder], workflow_runner=UnsandboxedWorkflowRunner()
        )
        async with worker:
            yield environment


async def away_client() -> Client:
    """A client of a server that is not there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    return await Client.connect(address, lazy=True)


def message(key: Key, signal: Push | Close) -> Message:
    """A message for a preview."""
    return Message(key=key, signal=signal)


async def test_two_pushes_are_signals_to_one_workflow(server: WorkflowEnvironment) -> None:
    """However many events a pull request has, one workflow owns its preview and gets them in order."""
    key = Key("acme/shop", 7)
    dispatcher = Dispatcher(server.client, QUEUE)

    await dispatcher.dispatch(message(key, Push(delivery="d1", commit="c1")))
    handle: WorkflowHandle[Recorder, list[str]] = server.client.get_workflow_handle_for(Recorder.run, workflow_id(key))
    first = (await handle.describe()).run_id
    await dispatcher.dispatch(message(key, Push(delivery="d2", commit="c2")))
    await dispatcher.dispatch(message(key, Close(by="")))

    assert await handle.result() == ["push c1 d1", "push c2 d2", "close by ''"]
    assert (await handle.describe()).run_id == first


async def test_a_close_without_a_preview_starts_its_workflow(server: WorkflowEnvironment) -> None:
    """A close that overtook its open is not lost: the workflow looks for itself what is left to remove."""
    key = Key("acme/shop", 8)

    await Dispatcher(server.client, QUEUE).dispatch(message(key, Close(by="")))

    handle = server.client.get_workflow_handle_for(Recorder.run, workflow_id(key))
    assert await handle.result() == ["close by ''"]


async def test_a_running_preview_is_listed_with_what_it_shows(server: WorkflowEnvironment) -> None:
    """The page gets phase, reason, times and links from Temporal alone."""
    key = Key("acme/shop", 9)
    dispatcher = Dispatcher(server.client, QUEUE)
    await dispatcher.dispatch(message(key, Push(commit="c1")))

    line = await listed(server.client, key)

    assert (line.phase, line.reason, line.since, line.expires) == ("ready", "none", NOW, NOW)
    assert (line.title, line.url, line.commit) == ("Paint acme/shop#9 blue", "http://shop-7.localhost:8080", "")
    await dispatcher.dispatch(message(key, Close()))


async def test_temporal_says_that_it_is_there(server: WorkflowEnvironment) -> None:
    """A receiver whose Temporal answers is ready."""
    await Dispatcher(server.client, QUEUE).check()


async def test_a_delivery_while_temporal_is_away_fails_in_time() -> None:
    """GitHub gets its 503 well before it hangs up, and so do the load balancer and the page."""
    client = await away_client()
    dispatcher = Dispatcher(client, QUEUE, seconds=0.5)
    receiver = application(secret=SECRET, dispatcher=dispatcher, previews=Previews(client, seconds=0.5), temporal_ui="")
    body = pull_event("opened")

    async with (
        asyncio.timeout(8),
        httpx.AsyncClient(transport=httpx.ASGITransport(receiver), base_url="http://matinee.test") as browser,
    ):
        delivered = await browser.post("/webhooks/github", content=body, headers=headers(body))
        ready = await browser.get("/readyz")
        page = await browser.get("/")

    assert [delivered.status_code, ready.status_code, page.status_code] == [503, 503, 503]


async def test_temporal_away_is_an_error_of_ours() -> None:
    """What is told says what to do, not what gRPC calls it."""
    dispatcher = Dispatcher(await away_client(), QUEUE, seconds=0.5)

    with pytest.raises(TemporaryError, match="deliver it again"):
        await dispatcher.dispatch(message(Key("acme/shop", 1), Push()))


async def listed(client: Client, key: Key) -> Line:
    """The preview's line, as soon as the visibility store has its phase; a bounded wait."""
    async with asyncio.timeout(30):
        while True:
            for line in await Previews(client)():
                if line.key == key and line.phase and line.title:
                    return line
