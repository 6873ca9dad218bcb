"""The git image store: an image is a commit's tree on this machine, after its build command has run in it.

A tree is built once per commit and build command, whoever asks for it and how many at once.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

import psutil

from adapters.images.git_building import Build, Limits, Source
from adapters.images.git_places import (
    MARK_FILE,
    TreePlaces,
    claim,
    folder_of,
    held,
    lock_of,
    mark_of,
    places_of,
    refuse_foreign_and_late,
)
from adapters.marks import Mark
from adapters.processes.confinements import Trace
from adapters.processes.ending import end_found
from adapters.processes.finding import processes_of, under
from adapters.processes.folders import delete
from adapters.processes.running import uninterrupted
from adapters.processes.users import Users
from domain.errors import PermanentError, TemporaryError
from domain.names import Key
from domain.phases import Reason
from domain.ports import Beat
from domain.requests import ImageRequest
from domain.resources import Entry, Image, Removal, Resource

PORT = "images"
KIND = "tree"

_PATIENCE = 20.0
"""Seconds for a build whose processes were ended to notice it, before removing says that it is blocked."""


async def _no_authorization(_: str) -> str:
    return ""


class GitImages:
    """The port Images for services with `build`; `folder` is where all trees lie.

    `repositories` tells for a repository the path of a bare one on this machine or a clone URL without secrets;
    `authorization` the value of the HTTP header `Authorization` with which its URL is asked, or nothing. `users`
    gives every build a user of its own, where the worker is root.
    """

    def __init__(
        self,
        *,
        instance: str,
        installation: str,
        folder: Path,
        repositories: Callable[[str], Path | str],
        now: Callable[[], datetime],
        users: Users | None = None,
        authorization: Callable[[str], Awaitable[str]] = _no_authorization,
        build_limit: float = Limits.seconds,
        build_memory_mib: int = Limits.memory_mib,
        build_processes: int = Limits.processes,
    ) -> None:
        self._instance = instance
        self._installation = installation
        self._folder = folder.absolute()
        self._repositories = repositories
        self._now = now
        self._users = users
        self._authorization = authorization
        self._limits = Limits(seconds=build_limit, memory_mib=build_memory_mib, processes=build_processes)

    def entries(self, instance: str, label: str) -> tuple[Entry, ...]:
        """The folder with all trees of this preview."""
        return (Entry(PORT, instance, KIND, label),)

    async def resolve(self, request: ImageRequest, beat: Beat) -> Image:
        """The commit's tree, built; PermanentError(BUILD_FAILED) with the last lines of the build's log."""
        command = _build_of(request)
        folder = folder_of(self._folder, request.label)
        places = places_of(folder, request.commit, command)
        async with held(lock_of(folder), exclusive=False, beat=beat):
            claim(folder, self._mark(request.key, request.generation))
            async with held(places.lock, exclusive=True, beat=beat):
                if not places.tree.is_dir():
                    build = await self._build(request, command, places)
                    await build.make(beat)
        name = request.service.name
        return Image(service=name, reference=f"file://{places.tree}", digest=f"git:{places.name}")

    async def remove(self, removal: Removal) -> tuple[Entry, ...]:
        """The entries, once no build runs for this preview and its folder is gone."""
        folder = folder_of(self._folder, removal.label)
        mark = self._mark(removal.key, removal.generation)
        await uninterrupted(lambda: self._stop(folder, mark))
        async with held(lock_of(folder), exclusive=True, seconds=_PATIENCE):
            await uninterrupted(lambda: self._take_away(folder, mark))
        return removal.entries

    async def list(self) -> tuple[Resource, ...]:
        """The folder of every preview that carries this installation's mark."""
        return await uninterrupted(self._listed)

    async def _build(self, request: ImageRequest, command: tuple[str, ...], places: TreePlaces) -> Build:
        repository = self._repositories(request.key.repository)
        secret = await self._authorization(request.key.repository) if isinstance(repository, str) else ""
        return Build(
            places=places,
            source=Source(commit=request.commit, repository=repository, authorization=secret),
            command=command,
            environment={"MATINEE_COMMIT": request.commit, "MATINEE_NUMBER": str(request.key.number)},
            limits=self._limits,
            users=self._users,
            user_name=f"{_users_prefix(places.folder)}{places.name}/",
        )

    def _mark(self, key: Key, generation: int) -> Mark:
        return Mark(installation=self._installation, key=key, made_at=self._now(), generation=generation)

    def _stop(self, folder: Path, mark: Mark) -> None:
        """No process that works in this folder is left; TemporaryError(TEARDOWN_BLOCKED) names what cannot be ended."""
        refuse_foreign_and_late(folder, mark)
        left = end_found(lambda: _working(folder, self._users))
        if left:
            numbers = ", ".join(str(process.pid) for process in left)
            raise TemporaryError(
                f"builds of {folder.name} cannot be ended, because the kernel holds them: {numbers}",
                reason=Reason.TEARDOWN_BLOCKED,
            )

    def _take_away(self, folder: Path, mark: Mark) -> None:
        refuse_foreign_and_late(folder, mark)
        try:
            for path in _all_but_mark(folder):
                delete(path) if path.is_dir() and not path.is_symlink() else path.unlink()
            # The mark goes last, so that a removal that was cut off can be repeated by whoever reads the mark.
            delete(folder)
        except OSError as error:
            raise TemporaryError(
                f"{folder} cannot be deleted: {error.strerror}; delete it by hand", reason=Reason.TEARDOWN_BLOCKED
            ) from error
        if self._users:
            self._users.release(_users_prefix(folder))
        lock_of(folder).unlink(missing_ok=True)

    def _listed(self) -> tuple[Resource, ...]:
        folders = sorted(path for path in self._folder.glob("*") if path.is_dir())
        marks = ((folder.name, mark_of(folder)) for folder in folders)
        return tuple(
            Resource(
                entry=Entry(PORT, self._instance, KIND, label),
                key=mark.key,
                label=label,
                made_at=mark.made_at,
                generation=mark.generation,
            )
            for label, mark in marks
            if mark and mark.installation == self._installation
        )


def _build_of(request: ImageRequest) -> tuple[str, ...]:
    if request.service.build:
        return request.service.build
    raise PermanentError(
        f"{request.service.name} has the image {request.service.image}, and the image store {request.instance} builds "
        "from the commit; write build: and its command in place of image, or choose a registry for this repository",
        reason=Reason.IMAGE_REFUSED,
    )


def _working(folder: Path, users: Users | None) -> list[psutil.Process]:
    """What has a mark in this folder and, as a build may have cleared its own, what runs as the user of a build."""
    numbers = users.under(_users_prefix(folder)).values() if users else ()
    traces = [Trace(mark=str(folder), user=number) for number in numbers]
    found = [process for trace in traces for process in processes_of(trace, thorough=True)]
    return list({process.pid: process for process in (*under(str(folder)), *found)}.values())


def _all_but_mark(folder: Path) -> tuple[Path, ...]:
    return tuple(path for path in folder.iterdir() if path.name != MARK_FILE) if folder.is_dir() else ()


def _users_prefix(folder: Path) -> str:
    return f"{PORT}:{folder.name}/"
