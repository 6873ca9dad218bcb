"""A GitHub on this machine and a `matinee up` that serves it: both talk HTTP, as they would across the Internet."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncGenerator, Generator, Sequence
from dataclasses import dataclass, replace

import httpx
import uvicorn
from starlette.types import ASGIApp
from temporalio.client import Client, WorkflowExecution
from typing_extensions import override

from domain.messages import Status
from domain.names import Key, label_of
from domain.phases import Phase
from starter.following import exists
from tests.contracts.benches_github import app_keys
from tests.endtoend.sets import ROOT, Up, fresh
from tests.fakes.forges import Files
from tests.fakes.github import FakeGitHub
from tests.fakes.github_clones import Clones
from tests.fakes.github_hooks import Delivery, Hook
from tests.fakes.github_state import Comment, Deployment, Repository
from tests.servers import open_folder
from tests.waiting import until

SECRET = "a webhook secret that is nobody's"
OWNER = "acme"
PATIENCE = 120.0
NOBODY = "http://127.0.0.1:9"
"""An address where nobody listens: the port of the old discard service."""


@dataclass(frozen=True)
class Hub:
    """The fake GitHub with its clones, its one webhook, and the Matinee that is its App."""

    address: str
    up: Up
    github: FakeGitHub
    clones: Clones
    client: Client

    @property
    def hook(self) -> Hook:
        """The webhook that leads to the receiver."""
        return self.github.hooks[0]

    def add(self, name: str, files: Files) -> Repository:
        """A repository of an owner where the App is installed."""
        return self.clones.add(f"{OWNER}/{name}", files)

    @contextlib.contextmanager
    def unheard(self) -> Generator[list[Delivery]]:
        """What is delivered meanwhile reaches nobody, and is kept so that it can be delivered late."""
        hook = self.hook
        self.github.hooks[0] = replace(hook, url=NOBODY, deliveries=[])
        try:
            yield self.hook.deliveries
        finally:
            self.github.hooks[0] = hook

    @contextlib.contextmanager
    def forged(self) -> Generator[list[Delivery]]:
        """What is delivered meanwhile is signed by somebody who does not know the secret."""
        hook = self.hook
        self.github.hooks[0] = replace(hook, secret="guessed", deliveries=[])
        try:
            yield self.hook.deliveries
        finally:
            self.github.hooks[0] = hook

    async def deliver(self, *deliveries: Delivery) -> list[int]:
        """What the receiver answered to these, delivered in this order."""
        return [(await self.hook.redeliver(each)).status for each in deliveries]

    async def rolling(self, key: Key) -> None:
        """The pull request's head is what the preview rolls out now, or has rolled out."""

        async def look() -> bool:
            return await exists(self.client, key) and (await self.up.status(key)).commit == self.head(key)

        await until(look, f"{key} rolls its head out", seconds=PATIENCE)

    async def ready(self, key: Key) -> Status:
        """The preview's status, once it shows the head that the pull request has now, and GitHub was told so."""

        async def look() -> Status | None:
            if not await exists(self.client, key):
                return None
            status = await self.up.status(key)
            assert status.phase is not Phase.FAILED, status
            return status if (status.phase, status.live_commit) == (Phase.READY, self.head(key)) else None

        status = await until(look, f"{key} is ready", seconds=PATIENCE)
        await until(lambda: self._offered(key), f"GitHub offers the preview of {key}", seconds=PATIENCE)
        return status

    async def gone(self, key: Key) -> None:
        """Nothing of the preview is left on this machine, and GitHub was told so."""
        await until(lambda: self._told(key, Phase.GONE), f"{key} is told to be gone", seconds=PATIENCE)
        await self.ended(key)

    async def ended(self, key: Key) -> None:
        """The preview has no owner any more, and nothing of it is left on this machine."""
        await until(lambda: self._ended(key), f"the workflow of {key} ended", seconds=PATIENCE)
        assert await self.up.remains(self.label(key)) == {}

    def head(self, key: Key) -> str:
        """The newest commit of the pull request."""
        return self.github.pull(key)[1].head

    def label(self, key: Key) -> str:
        """The DNS label of its preview."""
        return label_of(key, home="local")

    def comments(self, key: Key) -> Sequence[Comment]:
        """What the pull request shows of us and of everybody."""
        return [comment for comment in self.github.pull(key)[0].comments if comment.number == key.number]

    def deployments(self, key: Key) -> dict[str, Deployment]:
        """The Deployments of the pull request's environment by their commits."""
        environment = f"matinee/pr-{key.number}"
        return {each.sha: each for each in self.github.pull(key)[0].deployments if each.environment == environment}

    async def page(self, status: Status) -> str:
        """What a visitor sees of the primary service."""
        return (await self.up.get(status.urls[0].url)).text

    async def workflows(self, key: Key) -> list[WorkflowExecution]:
        """Every workflow that this preview ever had."""
        query = f"WorkflowId = 'preview:{key.repository}:{key.number}'"
        return [each async for each in self.client.list_workflows(query)]

    async def heal(self) -> None:
        """The light sweep, which is due every few minutes, runs now."""
        await self.client.get_schedule_handle("heal").trigger()

    async def _offered(self, key: Key) -> bool:
        """Whether the head has a Deployment that succeeded, which is what a report writes last, and none else has."""
        succeeded = [sha for sha, one in self.deployments(key).items() if one.state == "success"]
        return await self._told(key, Phase.READY) and succeeded == [self.head(key)]

    async def _told(self, key: Key, phase: Phase) -> bool:
        comments = self.comments(key)
        return bool(comments) and f"### Preview: {phase.value}\n" in comments[-1].body

    async def _ended(self, key: Key) -> bool:
        return all(each.close_time for each in await self.workflows(key))


@contextlib.asynccontextmanager
async def hub() -> AsyncGenerator[Hub]:
    """Both run inside the block, and nothing of either after it."""
    private, public = app_keys()
    github = FakeGitHub(public_key=public, installations={77: OWNER})
    with open_folder() as folder:
        clones = Clones(github=github, root=folder, api=github.application)
        async with (
            served(clones) as address,
            fresh(_environment(address, github.app_id, private)) as up,
            httpx.AsyncClient(trust_env=False) as sender,
        ):
            github.hooks.append(Hook(url=f"{up.page}/webhooks/github", secret=SECRET, client=sender))
            yield Hub(address=address, up=up, github=github, clones=clones, client=await up.client())


def _environment(address: str, app_id: str, private_key: str) -> dict[str, str]:
    """What an operator sets to have an App served."""
    given = {
        "KIND": "github",
        "APP_ID": app_id,
        "PRIVATE_KEY": private_key,
        "WEBHOOK_SECRET": SECRET,
        "REPOSITORIES": json.dumps([f"{OWNER}/*"]),
        "BASE_URL": address,
        "CLONE_URL": address,
    }
    return {f"MATINEE_FORGES__GITHUB__{name}": value for name, value in given.items()} | {"PYTHONPATH": str(ROOT)}


class _Server(uvicorn.Server):
    @override
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """Signals are pytest's."""
        yield


@contextlib.asynccontextmanager
async def served(application: ASGIApp) -> AsyncGenerator[str]:
    """The address of a real server of this application."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = _Server(uvicorn.Config(application, log_level="warning", lifespan="off"))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
        listener.close()
