"""Runs of one command each, begun by whoever asks first and joined by whoever asks again."""

from dataclasses import dataclass
from pathlib import Path

from adapters.marks import Mark
from adapters.platforms.local import performing
from adapters.platforms.local.detaching import detach, is_attended
from adapters.platforms.local.marks import claim
from adapters.platforms.local.places import PreviewPlaces
from adapters.platforms.local.planning import Planner
from adapters.platforms.local.plans import read_plan
from adapters.platforms.local.stopping import prefix_of, take_away
from adapters.processes.confinements import MARK
from adapters.processes.finding import under, variables_of
from adapters.processes.folders import make_passable
from adapters.processes.users import Users
from adapters.processes.writing import read_json
from domain.errors import PermanentError, TemporaryError
from domain.phases import Reason
from domain.requests import RunRequest, RunResult
from domain.resources import Connection

_RUNNER = performing.__name__


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of a preview, named by its token."""

    place: PreviewPlaces
    mark: Mark
    users: Users | None
    folder: Path

    def begin(self, request: RunRequest, connection: Connection | None, planner: Planner, seconds: float) -> None:
        """The command runs, or has run, whoever began it. One whose runner was lost is begun anew."""
        with self.place.locked():
            claim(self.place, self.mark)
            # In this order: a runner leaves its result before it ends.
            if is_attended(self.folder) or self.result():
                return
            if read_plan(self.folder):
                take_away(self.folder, self.users, prefix_of(self.place, self.folder))
            make_passable(self.folder)
            planner.run(request, connection, self.folder, seconds).write(self.folder)
            detach(_RUNNER, self.folder)

    def require_going(self) -> None:
        """Returns while the command runs or has a result; an error if it was removed, or its runner lost."""
        if is_attended(self.folder) or self.result():
            return
        with self.place.locked():  # Whoever removes it has done so then.
            lost = self.folder.is_dir()
        if not lost:
            raise PermanentError(f"the command was ended, because {self.place.label} was removed while it ran")
        raise TemporaryError("what ran the command was lost; it is begun anew", reason=Reason.PLATFORM_UNAVAILABLE)

    def result(self) -> RunResult | None:
        """How the command ended, None if it has not."""
        content = read_json(self.folder / performing.RESULT)
        return RunResult(**content) if content else None

    def abort(self) -> None:
        """The command and all that it started has ended, and may be run again."""
        with self.place.locked():
            if self.folder.is_dir():
                take_away(self.folder, self.users, prefix_of(self.place, self.folder))

    def release_users(self) -> None:
        """The user of a command that has ended is free for others."""
        if self.users:
            self.users.release(prefix_of(self.place, self.folder))


def is_busy(place: PreviewPlaces) -> bool:
    """Whether a command of this preview runs; a runner that only tidies up after one does not count."""
    marks = {variables_of(process).get(MARK) for process in under(str(place.runs))} - {None}
    return any(not Path(str(mark)).with_name(performing.RESULT).exists() for mark in marks)
