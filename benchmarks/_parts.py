"""Parts: a worker over fakes that take as long as a benchmark says, and that tell when a preview is ready."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

from temporalio.client import Client
from typing_extensions import override

from domain.definitions import ServiceUrl
from domain.names import Key
from domain.phases import Phase
from domain.ports import Beat
from domain.reports import Report
from domain.requests import DeployRequest, ImageRequest, RunRequest, RunResult
from domain.resources import Connection, Deployment, Image
from tests.fakes.forges import FakeForge
from tests.fakes.images import FakeImages
from tests.fakes.platforms import FakePlatform
from tests.fakes.probes import FakeProbe
from tests.workflows.stages import Stage
from worker import Ports

LEASES = 100
"""Leases at once: more than any benchmark wants, as none of them measures the waiting for one."""


@dataclass
class Pauses:
    """How many seconds each verb takes; one that is not named takes none."""

    seconds: Mapping[str, float]

    async def of(self, verb: str) -> None:
        """As long as the verb takes has passed."""
        await asyncio.sleep(self.seconds.get(verb, 0))


class TellingForge(FakeForge):
    """A forge in memory with an event for each pull request: it was reported ready."""

    def __init__(self) -> None:
        super().__init__(instance="forge")
        self.ready: defaultdict[Key, asyncio.Event] = defaultdict(asyncio.Event)

    @override
    async def report(self, report: Report) -> None:
        """The pull request shows this report, and who waits for it to be ready knows."""
        await super().report(report)
        if report.phase is Phase.READY:
            self.ready[report.key].set()


class PausedImages(FakeImages):
    """Images that take their time to build."""

    def __init__(self, pauses: Pauses) -> None:
        super().__init__(instance="git")
        self._pauses = pauses

    @override
    async def resolve(self, request: ImageRequest, beat: Beat) -> Image:
        """The service's image, in a while."""
        await self._pauses.of("image")
        return await super().resolve(request, beat)


class PausedPlatform(FakePlatform):
    """A platform that takes its time."""

    def __init__(self, pauses: Pauses) -> None:
        super().__init__(instance="local")
        self._pauses = pauses

    @override
    async def run(self, request: RunRequest, connection: Connection | None, beat: Beat) -> RunResult:
        """The command's end, in a while."""
        await self._pauses.of("migrate")
        return await super().run(request, connection, beat)

    @override
    async def deploy(self, request: DeployRequest, connection: Connection | None) -> Deployment:
        """The revision begins to run, in a while."""
        await self._pauses.of("deploy")
        return await super().deploy(request, connection)

    @override
    async def settle(self, deployment: Deployment) -> Deployment:
        """Every service is healthy, in a while."""
        await self._pauses.of("settle")
        return await super().settle(deployment)


class PausedProbe(FakeProbe):
    """A probe that takes its time."""

    def __init__(self, pauses: Pauses) -> None:
        super().__init__()
        self._pauses = pauses

    @override
    async def check(self, url: ServiceUrl) -> None:
        """The URL is well, in a while."""
        await self._pauses.of("probe")
        await super().check(url)


def paused_stage(client: Client, pauses: Pauses) -> tuple[Stage, TellingForge, Ports]:
    """A stage whose fakes take as long as the pauses say, its forge, and what its worker takes."""
    forge = TellingForge()
    stage = Stage(client, forge=forge)
    stage.database.pause = pauses.of
    ports = replace(
        stage.ports(),
        images={"git": PausedImages(pauses)},
        platforms={"local": PausedPlatform(pauses)},
        probe=PausedProbe(pauses),
        limits={stage.server: LEASES},
    )
    return stage, forge, ports
