"""The local platform: the port's verbs, each in a thread that a cancellation waits for."""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from adapters.marks import Mark
from adapters.platforms.local import examining, removing
from adapters.platforms.local.flagging import set_flags
from adapters.platforms.local.joining import Run, is_busy
from adapters.platforms.local.listing import PORT, Entries, previews, resources
from adapters.platforms.local.places import Places, PreviewPlaces
from adapters.platforms.local.planning import Planner
from adapters.platforms.local.reading import last_lines
from adapters.platforms.local.releasing import Releases
from adapters.platforms.local.stopping import stop
from adapters.processes.commands import TIMED_OUT
from adapters.processes.entering import refuse_what_others_cannot_enter
from adapters.processes.running import uninterrupted
from adapters.processes.users import Users
from domain.definitions import Definition, ServiceUrl
from domain.errors import NotYet
from domain.names import Key
from domain.ports import Beat
from domain.requests import DeployRequest, FlagsRequest, LogsRequest, RunRequest, RunResult
from domain.resources import Connection, Deployment, Entry, Removal, Resource

_PAUSE = 0.1


class LocalPlatform:
    """Runs previews as processes of this machine.

    `data` is the installation's folder, `users` are None where we are not root. `settle` looks again for up to
    `patience` seconds before it says NotYet, and an older release answers for `drain` seconds after the routes
    have changed, because the proxy learns of that a moment later.
    """

    def __init__(
        self,
        *,
        instance: str,
        installation: str,
        data: Path,
        now: Callable[[], datetime],
        users: Users | None,
        path: str | None = None,
        patience: float = 3.0,
        drain: float = 1.0,
    ) -> None:
        self._installation = installation
        self._places = Places(data.resolve())
        self._now = now
        self._users = users
        self._planner = Planner(users=users, path=path)
        self._entries = Entries(instance)
        self._patience = patience
        self._drain = drain

    def entries(
        self, instance: str, label: str, definition: Definition, urls: tuple[ServiceUrl, ...]
    ) -> tuple[Entry, ...]:
        """What deploying this definition makes, named before it is made."""
        return Entries(instance).of_definition(label, definition, urls)

    async def deploy(self, request: DeployRequest, connection: Connection | None) -> Deployment:
        """The revision begins to run beside the one that answers now, which keeps answering."""
        releases = self._releases(request.label, request.key, request.generation)
        await uninterrupted(lambda: self._begin(releases, request, connection))
        return Deployment(
            key=request.key,
            label=request.label,
            instance=request.instance,
            commit=request.revision.commit,
            release=request.release,
            generation=request.generation,
            entries=self._entries.of_request(request),
            requested=request.requested,
        )

    async def settle(self, deployment: Deployment) -> Deployment:
        """Every service is healthy, traffic goes to this deployment, and older ones are gone."""
        releases = self._releases(deployment.label, deployment.key, deployment.generation)
        if await self._made_live(releases, deployment.release):
            await asyncio.sleep(self._drain)
        await uninterrupted(lambda: releases.retire_older(deployment.release))
        return deployment

    async def set_flags(self, request: FlagsRequest) -> None:
        """What runs of the preview reads these flags, without a restart. One that is not there stays so."""
        place = self._places.preview(request.label)
        mark = self._mark(request.key, request.generation)
        await uninterrupted(lambda: set_flags(place, mark, request))

    async def run(self, request: RunRequest, connection: Connection | None, beat: Beat) -> RunResult:
        """The command's end. Cancelled, it ends the command with all that it started before it returns."""
        seconds = (request.deadline - self._now()).total_seconds()
        if seconds <= 0:
            return RunResult(exit_code=TIMED_OUT, log="matinee: its deadline had passed before it began")
        place = self._places.preview(request.label)
        mark = self._mark(request.key, request.generation)
        run = Run(place=place, mark=mark, users=self._users, folder=place.run(request.token))
        try:
            return await self._ended(run, request, connection, beat, seconds)
        except asyncio.CancelledError:
            await uninterrupted(run.abort)
            raise

    async def remove(self, removal: Removal) -> tuple[Entry, ...]:
        """The entries, each verified gone; TemporaryError(TEARDOWN_BLOCKED) names what is still there."""
        place = self._places.preview(removal.label)
        mark = self._mark(removal.key, removal.generation)
        await uninterrupted(lambda: removing.remove_preview(place, mark, self._users))
        return tuple(entry for entry in removal.entries if entry.port == PORT)

    async def list(self) -> tuple[Resource, ...]:
        """Every folder, service and route that carries this installation's mark."""
        return await uninterrupted(lambda: (*resources(self._places, self._installation, self._entries),))

    async def refresh(self) -> tuple[str, ...]:
        """Nothing is ever stale: previews of this machine are given no Secrets."""
        return ()

    async def busy(self, label: str) -> bool:
        """Whether a command of this preview still runs, whoever began it."""
        place = self._places.preview(label)
        return await uninterrupted(lambda: is_busy(place))

    async def logs(self, request: LogsRequest) -> str:
        """The last lines that the services wrote, each with its service's name, secrets masked."""
        releases = self._releases(request.label, request.key)
        return await uninterrupted(lambda: last_lines(releases, request.service, request.lines))

    async def examine(self) -> tuple[str, ...]:
        """What keeps this platform from working, each with its cure; nothing if it works."""
        return await uninterrupted(lambda: examining.problems(self._places.data, own_users=self._users is not None))

    async def stop_all(self) -> None:
        """Nothing of this installation's previews runs or is routed to; their folders and marks are kept."""
        for place, _ in await uninterrupted(lambda: [*previews(self._places, self._installation)]):
            await uninterrupted(lambda place=place: self._stop(place))

    def _begin(self, releases: Releases, request: DeployRequest, connection: Connection | None) -> None:
        self._refuse_unusable()
        releases.begin(request, connection, self._planner)

    async def _made_live(self, releases: Releases, release: str) -> bool:
        stop_at = time.monotonic() + self._patience
        while True:
            try:
                return await uninterrupted(lambda: releases.make_live(release))
            except NotYet:
                if time.monotonic() >= stop_at:
                    raise
            await asyncio.sleep(_PAUSE)

    async def _ended(
        self, run: Run, request: RunRequest, connection: Connection | None, beat: Beat, seconds: float
    ) -> RunResult:
        self._refuse_unusable()
        await uninterrupted(lambda: run.begin(request, connection, self._planner, seconds))
        while (result := run.result()) is None:
            beat()
            await asyncio.sleep(_PAUSE)
            await uninterrupted(run.require_going)
        run.release_users()
        return result

    def _stop(self, place: PreviewPlaces) -> None:
        with place.locked():
            # The ports are free again once the services have ended, and whoever gets one is not for our visitors.
            place.route.unlink(missing_ok=True)
            stop(place.folder, self._users, f"{place.label}/")

    def _refuse_unusable(self) -> None:
        if self._users:
            refuse_what_others_cannot_enter(self._places.data)

    def _mark(self, key: Key, generation: int = 0) -> Mark:
        return Mark(installation=self._installation, key=key, made_at=self._now(), generation=generation)

    def _releases(self, label: str, key: Key, generation: int = 0) -> Releases:
        return Releases(place=self._places.preview(label), mark=self._mark(key, generation), users=self._users)
