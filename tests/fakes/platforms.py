"""FakePlatform: a whole platform in memory. What a command does is looked up in `programs`.

Several platforms on one `Machine` are several installations that share it.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from adapters.processes.masking import masked, secrets_of
from domain.definitions import Definition, ServiceUrl
from domain.errors import NotYet, PermanentError, TemporaryError
from domain.names import Key
from domain.phases import Reason
from domain.ports import Beat
from domain.requests import DeployRequest, FlagsRequest, LogsRequest, RunRequest, RunResult, ServiceRequest
from domain.resources import Connection, Deployment, Entry, Removal, Resource

PORT = "platform"
_DEADLINE_PASSED = 124


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Program:
    """What a command does: what it writes, how it ends (None: it does not), and whether it is a healthy service.

    `{run}` in a line is how many commands the platform has run by then.
    """

    lines: tuple[str, ...] = ()
    exit_code: int | None = 0
    healthy: bool = True


@dataclass(kw_only=True)
class FakeRelease:
    """One release: what was asked for, its place in the order, how often it still says not yet."""

    request: DeployRequest
    connection: Connection | None
    rounds: int


@dataclass(kw_only=True)
class FakePreview:
    """One preview, with its releases in the order in which they were made."""

    installation: str
    key: Key
    made_at: datetime
    generation: int = 0
    live: str = ""
    flags: dict[str, str] = field(default_factory=dict[str, str])
    flagged: int = 0
    releases: dict[str, FakeRelease] = field(default_factory=dict[str, FakeRelease])
    results: dict[str, RunResult] = field(default_factory=dict[str, RunResult])
    running: dict[str, asyncio.Event] = field(default_factory=dict[str, asyncio.Event])


@dataclass
class Machine:
    """What fake platforms run on: previews by label."""

    previews: dict[str, FakePreview] = field(default_factory=dict[str, FakePreview])


class FakePlatform:
    """Runs previews in memory.

    `rounds` is how often a release says NotYet before it is well. `programs` maps a command to what it does; one
    that is not in it is a healthy service, and a command that ends well. `blocked` names labels that cannot be
    removed. `runs` are the tokens of all commands that were really run, in order. `stale` says which
    Secrets cannot be refreshed.
    """

    def __init__(
        self,
        *,
        instance: str = "local",
        installation: str = "matinee",
        machine: Machine | None = None,
        now: Callable[[], datetime] = _utc_now,
        rounds: int = 0,
    ) -> None:
        self.machine = machine or Machine()
        self.rounds = rounds
        self.programs: dict[tuple[str, ...], Program] = {}
        self.blocked: set[str] = set()
        self.runs: list[str] = []
        self.stale: tuple[str, ...] = ()
        self._instance = instance
        self._installation = installation
        self._now = now

    def answer(self, host: str) -> ServiceRequest | None:
        """The service that answers at this host, None if none does."""
        live = (preview.releases.get(preview.live) for preview in self.machine.previews.values())
        services = (service for release in live if release for service in release.request.services)
        return next((service for service in services if service.url and _host(service.url.url) == host), None)

    def flags(self, label: str) -> dict[str, str]:
        """What the services of this preview read now."""
        return self.machine.previews[label].flags

    def entries(
        self, instance: str, label: str, definition: Definition, urls: tuple[ServiceUrl, ...]
    ) -> tuple[Entry, ...]:
        """What deploying this definition makes."""
        return _entries(instance, label, tuple(service.name for service in definition.services), urls)

    async def deploy(self, request: DeployRequest, connection: Connection | None) -> Deployment:
        """The release exists beside the live one; what came between the two is gone."""
        preview = self._claim(request.label, request.key, request.generation)
        if request.release not in preview.releases:
            release = FakeRelease(request=request, connection=connection, rounds=self.rounds)
            kept = {name: old for name, old in preview.releases.items() if name == preview.live}
            preview.releases = kept | {request.release: release}
        preview.flags, preview.flagged = request.flags, request.generation
        return Deployment(
            key=request.key,
            label=request.label,
            instance=request.instance,
            commit=request.revision.commit,
            release=request.release,
            generation=request.generation,
            entries=_entries_of(self._instance, request),
            requested=request.requested,
        )

    async def settle(self, deployment: Deployment) -> Deployment:
        """The release is the only one, once it is well."""
        preview = self._unsurpassed(deployment.label, deployment.key, deployment.generation)
        release = preview.releases.get(deployment.release) if preview else None
        if preview is None or release is None:
            raise PermanentError(f"the release {deployment.release} is not there", reason=Reason.SERVICE_FAILED)
        self._refuse_failed(preview, release)
        if release.rounds > 0:
            release.rounds -= 1
            raise NotYet("the services are being started")
        for service in release.request.services:
            if not self._program(service.service.command).healthy:
                raise NotYet(f"{service.service.name} answers 503 on {service.service.health}")
        preview.live = deployment.release
        preview.releases = {deployment.release: release}
        return deployment

    async def set_flags(self, request: FlagsRequest) -> None:
        """The preview, if it is there, has these flags."""
        preview = self._unsurpassed(request.label, request.key, request.generation)
        if preview is None:
            return
        if preview.flagged > request.generation:
            raise PermanentError(f"{request.label} was flagged by a later request", reason=Reason.PLATFORM_REFUSED)
        preview.flags, preview.flagged = request.flags, request.generation

    async def run(self, request: RunRequest, connection: Connection | None, beat: Beat) -> RunResult:
        """The program's end; one without an end lasts until the deadline or the cancellation."""
        preview = self._claim(request.label, request.key, request.generation)
        if request.token not in preview.results:
            preview.results[request.token] = await self._performed(preview, request, connection, beat)
        return preview.results[request.token]

    async def remove(self, removal: Removal) -> tuple[Entry, ...]:
        """The preview is gone."""
        self._unsurpassed(removal.label, removal.key, removal.generation)
        if removal.label in self.blocked:
            raise TemporaryError(f"still there: {removal.label}", reason=Reason.TEARDOWN_BLOCKED)
        preview = self.machine.previews.pop(removal.label, None)
        for ended in preview.running.values() if preview else ():
            ended.set()
        return tuple(entry for entry in removal.entries if entry.port == PORT)

    async def list(self) -> tuple[Resource, ...]:
        """Every preview of this installation: its folder, services, routes."""
        return tuple(
            Resource(entry=entry, key=preview.key, label=label, made_at=preview.made_at, generation=preview.generation)
            for label, preview in self.machine.previews.items()
            if preview.installation == self._installation
            for entry in dict.fromkeys(self._made(label, preview))
        )

    async def refresh(self) -> tuple[str, ...]:
        """What `stale` holds, which nobody could refresh."""
        return self.stale

    async def busy(self, label: str) -> bool:
        """Whether a program without an end is being run."""
        preview = self.machine.previews.get(label)
        return bool(preview and preview.running)

    async def logs(self, request: LogsRequest) -> str:
        """The lines of the programs of the live release, or of the newest if none is live."""
        preview = self._ours(request.label, request.key)
        releases = list(preview.releases.items()) if preview else []
        shown = [release for name, release in releases if preview and name == preview.live] or [r for _, r in releases]
        return _written(shown[-1], self._program, request) if shown else ""

    def _made(self, label: str, preview: FakePreview) -> tuple[Entry, ...]:
        made = [Entry(PORT, self._instance, "folder", label)]
        for name, release in preview.releases.items():
            entries = _entries_of(self._instance, release.request)
            made += [entry for entry in entries if entry.kind != "route" or name == preview.live]
        return tuple(made)

    def _claim(self, label: str, key: Key, generation: int) -> FakePreview:
        preview = self._unsurpassed(label, key, generation)
        if preview is None:
            preview = FakePreview(installation=self._installation, key=key, made_at=self._now())
            self.machine.previews[label] = preview
        preview.generation = generation
        return preview

    def _unsurpassed(self, label: str, key: Key, generation: int) -> FakePreview | None:
        preview = self._ours(label, key)
        if preview and preview.generation > generation:
            raise PermanentError(f"{label} was changed by a later request", reason=Reason.PLATFORM_REFUSED)
        return preview

    def _ours(self, label: str, key: Key) -> FakePreview | None:
        preview = self.machine.previews.get(label)
        if preview and (preview.installation, preview.key) != (self._installation, key):
            raise PermanentError(f"{label} has another mark, so it is not touched", reason=Reason.NOT_OURS)
        return preview

    def _program(self, command: tuple[str, ...]) -> Program:
        return self.programs.get(command, Program())

    def _refuse_failed(self, preview: FakePreview, release: FakeRelease) -> None:
        for service in release.request.services:
            program = self._program(service.service.command)
            if program.exit_code:
                preview.releases.pop(release.request.release)
                lines = "\n".join(program.lines)
                raise PermanentError(
                    f"the service {service.service.name} failed 3 times: it ended with exit code "
                    f"{program.exit_code}. Its last lines:\n{lines}",
                    reason=Reason.SERVICE_FAILED,
                )

    async def _performed(
        self, preview: FakePreview, request: RunRequest, connection: Connection | None, beat: Beat
    ) -> RunResult:
        self.runs.append(request.token)
        program = self._program(request.command)
        lines = "\n".join(program.lines).replace("{run}", str(len(self.runs)))
        log = masked(lines, secrets_of(connection.url) if connection else ())
        if program.exit_code is not None:
            return RunResult(exit_code=program.exit_code, log=log)
        ended = preview.running.setdefault(request.token, asyncio.Event())
        beat()
        seconds = (request.deadline - self._now()).total_seconds()
        try:
            await asyncio.wait_for(ended.wait(), seconds)
            raise PermanentError(f"the command was ended, because {request.label} was removed while it ran")
        except TimeoutError:
            log = f"{log}\nit was ended at its deadline"
        finally:
            preview.running.pop(request.token, None)
        return RunResult(exit_code=_DEADLINE_PASSED, log=log)


def _written(release: FakeRelease, program: Callable[[tuple[str, ...]], Program], request: LogsRequest) -> str:
    written = [
        f"{service.service.name} | {line}"
        for service in release.request.services
        if request.service in (None, service.service.name)
        for line in program(service.service.command).lines[-request.lines :]
    ]
    return masked("\n".join(written), secrets_of(release.connection.url) if release.connection else ())


def _entries_of(instance: str, request: DeployRequest) -> tuple[Entry, ...]:
    urls = tuple(service.url for service in request.services if service.url)
    return _entries(instance, request.label, tuple(service.service.name for service in request.services), urls)


def _entries(instance: str, label: str, services: tuple[str, ...], urls: tuple[ServiceUrl, ...]) -> tuple[Entry, ...]:
    folder = Entry(PORT, instance, "folder", label)
    processes = (Entry(PORT, instance, "process", f"{label}/{name}") for name in services)
    return (folder, *processes, *(Entry(PORT, instance, "route", _host(url.url)) for url in urls))


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0].partition(":")[0]
