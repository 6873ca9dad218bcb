"""Releases of a preview: begun beside the live one, made live once they are well, and taken away when older.

All of this runs under the preview's lock, so that no two workers and no late thread undo each other's work.
"""

import time
from dataclasses import dataclass
from pathlib import Path

from adapters.marks import Mark
from adapters.platforms.local import supervising
from adapters.platforms.local.detaching import detach, is_attended
from adapters.platforms.local.flagging import write_flags
from adapters.platforms.local.health import refuse_failed, require_well
from adapters.platforms.local.marks import claim, refuse_foreign_and_late
from adapters.platforms.local.places import PreviewPlaces
from adapters.platforms.local.planning import Planner
from adapters.platforms.local.plans import Plan, State, read_plan, read_state
from adapters.platforms.local.routing import route
from adapters.platforms.local.stopping import prefix_of, take_away
from adapters.processes.folders import make_passable
from adapters.processes.users import Users
from adapters.processes.writing import read_json, write_json
from domain.errors import NotYet, PermanentError
from domain.phases import Reason
from domain.requests import DeployRequest
from domain.resources import Connection

_SUPERVISOR = supervising.__name__
_FAILED = "failed.json"


@dataclass(frozen=True, kw_only=True)
class Releases:
    """The releases of one preview."""

    place: PreviewPlaces
    mark: Mark
    users: Users | None

    def begin(self, request: DeployRequest, connection: Connection | None, planner: Planner) -> None:
        """The release runs or is about to, beside the live one; what came between the two is gone."""
        with self.place.locked():
            claim(self.place, self.mark)
            folder = self.place.release(request.release)
            make_passable(folder)
            if read_plan(folder) is None:
                (folder / _FAILED).unlink(missing_ok=True)
                planner.release(request, connection, self.place, time.time_ns()).write(folder)
            write_flags(self.place, request.flags, request.generation)
            self._retire(keep={request.release, self.live()})
            self._attend(folder)

    def make_live(self, release: str) -> bool:
        """All traffic goes to this release; whether older ones are left. NotYet until it is well."""
        with self.place.locked():
            refuse_foreign_and_late(self.place, self.mark)
            folder = self.place.release(release)
            plan = self._plan(folder)
            state = read_state(folder)
            self._refuse_failed(folder, plan, state)
            if not self._attend(folder):
                raise NotYet("the services are being started")
            require_well(plan, state)
            changed = route(self.place, self.mark, _ports(plan, state))
            write_json(self.place.live, {"release": release})
            return changed and len(self.folders()) > 1

    def retire_older(self, release: str) -> None:
        """No release made before this one is left."""
        with self.place.locked():
            folder = self.place.release(release)
            sequence = self._plan(folder).sequence
            newer = {other.name for other in self.folders() if _sequence(other) > sequence}
            self._retire(keep={release, *newer})

    def live(self) -> str:
        """The release that answers, empty if none does."""
        content: dict[str, str] = read_json(self.place.live) or {}
        return content.get("release", "")

    def folders(self) -> list[Path]:
        """The folder of each release, the newest first."""
        found = [*self.place.releases.iterdir()] if self.place.releases.is_dir() else []
        return sorted(found, key=_sequence, reverse=True)

    def _plan(self, folder: Path) -> Plan:
        plan = read_plan(folder)
        if plan:
            return plan
        failed: dict[str, str] = read_json(folder / _FAILED) or {}
        gone = f"the release {folder.name} of {self.place.label} is not there any more; redeploy"
        raise PermanentError(failed.get("message", gone), reason=Reason.SERVICE_FAILED)

    def _attend(self, folder: Path) -> bool:
        """Whether a supervisor was there already; if not, one is started."""
        if is_attended(folder):
            return True
        State().write(folder)
        detach(_SUPERVISOR, folder)
        return False

    def _refuse_failed(self, folder: Path, plan: Plan, state: State) -> None:
        try:
            refuse_failed(plan, state, self.place.label)
        except PermanentError as error:
            # The live release is left to its supervisor: it may recover, and nothing else would answer.
            if folder.name != self.live():
                take_away(folder, self.users, prefix_of(self.place, folder))
                # Whoever asks again, because the worker was lost just now, gets the same answer.
                make_passable(folder)
                write_json(folder / _FAILED, {"message": error.message})
            raise

    def _retire(self, keep: set[str]) -> None:
        for folder in self.folders():
            if folder.name not in keep:
                take_away(folder, self.users, prefix_of(self.place, folder))


def _sequence(folder: Path) -> int:
    plan = read_plan(folder)
    return plan.sequence if plan else 0


def _ports(plan: Plan, state: State) -> dict[str, tuple[str, int]]:
    ports = {service.name: service.port for service in state.services}
    pairs = ((process, ports[process.name]) for process in plan.processes if process.host)
    return {process.name: (process.host, port) for process, port in pairs if port is not None}
