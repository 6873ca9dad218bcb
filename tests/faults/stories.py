"""A story: one pull request's life on a site, in a namespace of its own, told by the very messages of production."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import Interceptor, Replayer

from composition import composed
from domain.errors import TemporaryError
from domain.messages import Close, Push, Status
from domain.names import Key, workflow_id
from domain.phases import Phase
from serving import policy_of
from starter.dispatching import Dispatcher
from starter.following import status_of
from starter.receiving import Message
from tests.faults.sites import Site
from tests.waiting import until
from worker import WORKFLOWS, built

PATIENCE = 150.0
"""Seconds for a phase of a story: a rollout takes ten, noticing a killed worker twice as many, on a busy machine."""

DRAIN = timedelta(seconds=2)


NONE = Key("", 0)
"""The key of a story whose branch was not pushed yet."""


@dataclass
class Story:
    """One pull request. `key` is known once its branch was pushed."""

    site: Site
    client: Client
    repository: str
    branch: str
    key: Key = NONE
    commit: str = ""

    @property
    def label(self) -> str:
        """The DNS label of its preview."""
        return policy_of(self.site.settings, self.key).label

    @property
    def handle(self) -> WorkflowHandle[object, list[str]]:
        """The workflow that owns the preview."""
        return self.client.get_workflow_handle(workflow_id(self.key), result_type=list[str])

    async def push(self, files: Mapping[str, bytes]) -> str:
        """The forge has one more commit on the branch, of which nobody was told; its id."""
        site = self.site
        async with site.pushing:
            self.commit = await asyncio.to_thread(self._push, files)
        pulls = await site.forge.open_pull_requests()
        self.key = next(pull.key for pull in pulls if pull.head_branch == self.branch)
        return self.commit

    async def delete(self) -> None:
        """The forge has no such branch any more, of which nobody was told."""
        bare = self.site.data / "forge" / f"{self.repository}.git"
        async with self.site.pushing:
            await asyncio.to_thread(self.site.clone.delete, bare, self.branch)

    async def tell(self, signal: Push | Close) -> None:
        """The preview's workflow has the message, started if there was none."""
        task_queue = self.site.settings.temporal.task_queue
        # Many stories are told at once here, and a forge would deliver again what Temporal takes too late.
        await Dispatcher(self.client, task_queue, seconds=PATIENCE).dispatch(Message(key=self.key, signal=signal))

    async def status(self) -> Status:
        """What the workflow says of itself, as soon as somebody can say it for it."""

        async def look() -> Status | None:
            # Temporal goes on asking a worker that was killed for some seconds.
            with contextlib.suppress(TemporaryError):
                return await status_of(self.client, self.key)
            return None

        return await until(look, f"a worker answers for {self.key}", seconds=PATIENCE, show=self.history)

    async def ready(self) -> Status:
        """The status, once the last commit is the live one and the preview is ready."""

        async def look() -> Status | None:
            status = await self.status()
            assert status.phase is not Phase.FAILED, status
            return status if (status.phase, status.live_commit) == (Phase.READY, self.commit) else None

        return await until(look, f"{self.key} is ready at {self.commit[:8]}", seconds=PATIENCE, show=self.history)

    async def ended(self) -> None:
        """The workflow has ended well."""
        async with asyncio.timeout(PATIENCE):
            await self.handle.result()

    async def replays(self) -> None:
        """Every history of the namespace can be replayed from its first event, as any next worker may have to."""
        replayer = Replayer(workflows=WORKFLOWS)
        async for history in self.client.list_workflows().map_histories():
            await replayer.replay_workflow(history)

    async def history(self) -> str:
        """What happened to the preview's workflow so far, a line for each event, for whoever reads a failed test."""
        history = await self.handle.fetch_history()
        return "\n".join(_told(event) for event in history.events)

    def _push(self, files: Mapping[str, bytes]) -> str:
        start = "" if self.commit else "main"
        commit = self.site.clone.commit(self.branch, files, start=start)
        self.site.clone.push(self.site.data / "forge" / f"{self.repository}.git", self.branch)
        return commit


def _told(event: HistoryEvent) -> str:
    name = event.activity_task_scheduled_event_attributes.activity_type.name
    cause = event.workflow_task_failed_event_attributes.failure.message
    return f"{event.event_id} {event.event_time.ToJsonString()} {EventType.Name(event.event_type)} {name}{cause}"


async def story_of(site: Site, name: str, *, repository: str = "") -> Story:
    """A story about to begin, in a new namespace."""
    unique = f"{name}-{uuid.uuid4().hex[:6]}"
    client = await site.namespace(unique)
    return Story(site=site, client=client, repository=repository or site.repository, branch=unique)


@asynccontextmanager
async def worker_of(story: Story, *interceptors: Interceptor) -> AsyncGenerator[None]:
    """A plain worker serves the story's namespace inside the block."""
    settings = story.site.settings
    async with (
        composed(settings) as ports,
        built(story.client, settings.temporal.task_queue, ports, drain=DRAIN, interceptors=interceptors),
    ):
        yield
