"""A stage: one worker over complete fakes of every port, on a real Temporal server, for one test."""

import asyncio
import uuid
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from temporalio.client import Client, WorkflowHandle
from temporalio.worker import Worker

from activities import attributes
from adapters.definitions.reading import YamlDefinitions
from domain.messages import Close, PreviewInput, Push, Status
from domain.names import Key, label_of, workflow_id
from domain.phases import Phase
from domain.policies import Policy
from domain.reports import Report
from tests.fakes.databases import FakeDatabase
from tests.fakes.forges import FakeForge
from tests.fakes.images import FakeFolder, FakeImages, Shelf
from tests.fakes.platforms import FakePlatform
from tests.fakes.probes import FakeProbe
from tests.waiting import until
from tests.workflows.gates import Gate, Gates
from worker import Ports, built

SHOP = b"""\
version: 1
services:
  web: {build: build, command: web, port: 8000, public: true, environment: {API_URL: "{api.url}"}}
  api: {build: build, command: api, port: 8001, public: true}
flags: {banner: false, limit: 3}
database: {service: api, migrate: migrate, migrations: migrations, seed: seed, seed_files: [seed]}
"""
FILES = {".matinee.yaml": SHOP, "migrations/0001.sql": b"create", "seed/rows.csv": b"1"}

SEEDLESS = FILES | {".matinee.yaml": SHOP.replace(b", seed: seed, seed_files: [seed]", b"")}
"""A repository whose databases begin empty, which spares a test the building of a seed."""

PLAIN = {".matinee.yaml": SHOP[: SHOP.index(b"database:")]}
"""A repository without a database, so without leases: a throttle's clock is not skipped with its holder's."""


@dataclass
class Stage:
    """The fakes, the client and the queue of one test. `repository` is the test's own, so that servers are shared."""

    client: Client
    task_queue: str = field(default_factory=lambda: f"stage-{uuid.uuid4().hex[:12]}")
    forge: FakeForge = field(default_factory=lambda: FakeForge(instance="forge"))
    shelf: Shelf = field(default_factory=dict[str, FakeFolder])
    platform: FakePlatform = field(default_factory=lambda: FakePlatform(instance="local"))
    probe: FakeProbe = field(default_factory=FakeProbe)
    files: Mapping[str, bytes] = field(default_factory=lambda: FILES)
    gates: Gates = field(default_factory=Gates)
    policy: Callable[[Policy], Policy] = lambda policy: policy

    def __post_init__(self) -> None:
        """A repository and a database server of this test's own, whose throttle no other test knows."""
        self.repository = f"acme/{self.task_queue}"
        self.server = f"main-{self.task_queue}"
        self.database = FakeDatabase(instance=self.server)
        self.images = FakeImages(instance="git", shelf=self.shelf)
        self.forge.add(self.repository, self.files)

    def policies(self, key: Key) -> Policy:
        """The policy of every key of this test."""
        return self.policy(
            Policy(
                label=label_of(key, home="acme"),
                forge="forge",
                platform="local",
                database=self.server,
                images="git",
                url_template="http://{label}.localhost:8081",
            )
        )

    def worker(self, client: Client | None = None, *, drain: float = 1) -> Worker:
        """A worker over the fakes; a second one, beside it or after it, needs a client of its own."""
        return built(
            client or self.client,
            self.task_queue,
            self.ports(),
            interceptors=[self.gates],
            drain=timedelta(seconds=drain),
        )

    def ports(self) -> Ports:
        """The fakes, as a worker takes them."""
        return Ports(
            forges={"forge": self.forge},
            images={"git": self.images},
            databases={self.server: self.database},
            platforms={"local": self.platform},
            definitions=YamlDefinitions(),
            probe=self.probe,
            policies=self.policies,
        )

    def opened(self, files: dict[str, bytes] | None = None) -> Key:
        """A new pull request that adds a migration, or these files."""
        return self.forge.open(self.repository, files or {"migrations/0002.sql": b"alter"})

    async def tell(self, key: Key, name: str = "push", message: object = None) -> WorkflowHandle[object, list[str]]:
        """The preview's workflow, which has this signal, as a webhook would have sent it."""
        return await self.client.start_workflow(
            "PreviewWorkflow",
            PreviewInput(key=key),
            id=workflow_id(key),
            task_queue=self.task_queue,
            start_signal=name,
            start_signal_args=[Push(delivery=uuid.uuid4().hex) if message is None else message],
            search_attributes=attributes.of(key),
            result_type=list[str],
        )

    async def ask(self, key: Key, update: str, message: object) -> str:
        """What the preview answers to this update; WorkflowUpdateFailedError with words if it refuses."""
        handle = self.client.get_workflow_handle(workflow_id(key))
        return await handle.execute_update(update, message, result_type=str)  # pyright: ignore[reportUnknownMemberType] - a bare type argument of theirs

    async def status(self, key: Key) -> Status:
        """What `matinee show` would say."""
        return await self.client.get_workflow_handle(workflow_id(key)).query("status", result_type=Status)

    async def reaches(self, key: Key, phase: Phase, *, commit: str = "", seconds: float = 30) -> Status:
        """The status in this phase (of this commit, if given), once it is there."""

        async def there() -> Status | None:
            status = await self.status(key)
            return status if status.phase is phase and commit in ("", status.commit) else None

        return await until(there, f"{key} is {phase.value}", seconds=seconds, show=lambda: self.status(key))

    async def ready(self, key: Key) -> WorkflowHandle[object, list[str]]:
        """The workflow of this key's preview, whose head commit is live."""
        handle = await self.tell(key)
        await self.reaches(key, Phase.READY, commit=self.head(key))
        return handle

    async def closed(self, key: Key) -> list[str]:
        """What was verified gone, after the forge closed the pull request and said so."""
        self.forge.close(key)
        return await ended(await self.tell(key, "close", Close(by="")))

    def handle(self, key: Key) -> WorkflowHandle[object, list[str]]:
        """The workflow that owns this key's preview now."""
        return self.client.get_workflow_handle(workflow_id(key), result_type=list[str])

    def head(self, key: Key) -> str:
        """The head commit of the pull request."""
        return self.forge.pulls[key].head.commit

    def url(self, key: Key) -> str:
        """Where the preview's page answers."""
        policy = self.policies(key)
        return policy.url_template.replace("{label}", policy.label)

    def left(self) -> list[str]:
        """Everything of previews that is still in a fake, by name; seeds are kept on purpose."""
        made = {**self.database.server.stores, **self.database.server.roles}
        branches = [name for name, each in made.items() if each.owner[1] == "branch"]
        held = {**self.platform.machine.previews, **self.shelf}
        return [*branches, *(label for label, each in held.items() if each.key.number)]

    def reported(self, key: Key) -> Report:
        """What the pull request shows."""
        report = self.forge.last_report(key)
        assert report is not None
        return report

    async def shows(
        self, key: Key, phase: Phase, which: Callable[[Report], bool] = lambda report: bool(report.phase)
    ) -> Report:
        """What the pull request shows, once it shows this phase, and such a report if a condition is given."""

        async def there() -> Report | None:
            report = self.forge.last_report(key)
            return report if report and report.phase is phase and which(report) else None

        return await until(there, f"{key} shows {phase.value}", show=lambda: self.status(key))


@asynccontextmanager
async def stage(
    client: Client,
    *gates: Gate,
    files: Mapping[str, bytes] = FILES,
    policy: Callable[[Policy], Policy] = lambda policy: policy,
    platform: FakePlatform | None = None,
) -> AsyncGenerator[Stage]:
    """A stage with one worker that runs, whose activities are held at these gates."""
    own = Stage(client, gates=Gates(*gates), files=files, policy=policy, platform=platform or FakePlatform())
    async with own.worker():
        yield own


async def ended(handle: WorkflowHandle[object, list[str]], *, seconds: float = 30) -> list[str]:
    """What the preview's workflow says that it removed; AssertionError if it does not end in time."""
    try:
        return await asyncio.wait_for(handle.result(), seconds)
    except TimeoutError as error:
        raise AssertionError(f"{handle.id} never ends: {await handle.query('status')}") from error


async def event(happened: asyncio.Event, what: str) -> None:
    """It has happened; AssertionError if it does not within a minute."""
    try:
        await asyncio.wait_for(happened.wait(), 60)
    except TimeoutError as error:
        raise AssertionError(f"never: {what}") from error
