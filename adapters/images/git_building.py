"""Builds one tree: exports the commit, runs its build command confined, and lets the tree appear whole."""

import os
from dataclasses import dataclass
from pathlib import Path

from adapters.beating import with_beats
from adapters.images.git_exporting import export
from adapters.images.git_fetching import fetch
from adapters.images.git_places import TreePlaces
from adapters.processes import logs
from adapters.processes.confinements import Confinement, Trace
from adapters.processes.ending import end
from adapters.processes.entering import refuse_what_others_cannot_enter
from adapters.processes.folders import delete, give, make_home
from adapters.processes.running import run, uninterrupted
from adapters.processes.users import Users
from domain.errors import PermanentError, TemporaryError
from domain.phases import Reason
from domain.ports import Beat

_LINES_SHOWN = 20


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a build may use. It may need more than the service that it makes."""

    seconds: float = 3600.0
    memory_mib: int = 2048
    processes: int = 256


@dataclass(frozen=True, kw_only=True)
class Source:
    """The commit to build and where it is: a bare repository's path, or a URL with a header's secret value."""

    commit: str
    repository: Path | str
    authorization: str = ""


@dataclass(frozen=True, kw_only=True)
class Build:
    """One tree to make: from which source, by which command with which variables, and as which user."""

    places: TreePlaces
    source: Source
    command: tuple[str, ...]
    environment: dict[str, str]
    limits: Limits
    users: Users | None
    user_name: str

    async def make(self, beat: Beat) -> None:
        """The tree is there. What an earlier attempt left, be it a process or a file, is gone before."""
        user = self.users.of(self.user_name) if self.users else None
        try:
            await with_beats(uninterrupted(lambda: self._prepare(user)), beat)
            await self._run(user, beat)
            await with_beats(uninterrupted(self._finish), beat)
        except OSError as error:
            raise TemporaryError(
                f"a build cannot write: {error.strerror}", reason=Reason.PLATFORM_UNAVAILABLE
            ) from error
        finally:
            await uninterrupted(lambda: delete(self.places.draft))
            if self.users:
                self.users.release(self.user_name)

    @property
    def _tree(self) -> Path:
        return self.places.draft / "tree"

    @property
    def _home(self) -> Path:
        return self.places.draft / "home"

    def _prepare(self, user: int | None) -> None:
        draft = self.places.draft
        # What an earlier attempt left runs as its user, as commands do, or as us, as git does.
        for left_by in {user, None}:
            end(Trace(mark=str(draft), user=left_by), grace=0)
        delete(draft)
        self.places.log.unlink(missing_ok=True)
        if user is not None:
            refuse_what_others_cannot_enter(self.places.folder)
        draft.mkdir(mode=0o711)
        export(self._repository(), self.source.commit, self._tree, mark=draft)
        give(self._tree, user)
        make_home(self._home, user)

    def _repository(self) -> Path:
        if isinstance(self.source.repository, Path):
            return self.source.repository
        copy = self.places.draft / "repository.git"
        url, secret = self.source.repository, self.source.authorization
        fetch(url, self.source.commit, copy, authorization=secret, mark=self.places.draft)
        return copy

    async def _run(self, user: int | None, beat: Beat) -> None:
        confinement = Confinement(
            command=self.command,
            folder=self._tree,
            home=self._home,
            log=self.places.log,
            mark=str(self.places.draft),
            environment=self.environment,
            user=user,
            memory_mib=self.limits.memory_mib,
            processes=self.limits.processes,
            seconds=self.limits.seconds,
        )
        try:
            outcome = await run(confinement, beat)
        except PermanentError as error:
            raise PermanentError(error.message, reason=Reason.BUILD_FAILED) from error
        if outcome.exit_code:
            raise self._failure(outcome.reason)

    def _failure(self, reason: str) -> PermanentError:
        last = logs.tail(self.places.log, _LINES_SHOWN)
        return PermanentError(
            f"the build of {self.source.commit[:12]} by {self.command[0]!r} failed: {reason}\n{last}",
            reason=Reason.BUILD_FAILED,
        )

    def _finish(self) -> None:
        if self.users:
            # The build's user is given to others, who must not be able to change the tree.
            _take(self._tree)
        self._tree.rename(self.places.tree)


def _take(tree: Path) -> None:
    user, group = os.geteuid(), os.getegid()
    os.chown(tree, user, group)
    for parent, folders, files in os.walk(tree):
        for name in (*folders, *files):
            os.lchown(Path(parent, name), user, group)
