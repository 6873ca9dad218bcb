"""Plans: what a supervisor is told to run, and what it tells about it. Both are JSON files.

A plan holds the variables of its services, so it is written for root alone and is never shown. A state holds no
secret but for what a reason may quote from a log, which nothing puts there.
"""

from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar

from adapters.processes.confinements import Confinement
from adapters.processes.writing import read_json, write_json


@dataclass(frozen=True, kw_only=True)
class ProcessPlan:
    """A command in its own copy of a tree. `folder` gets `tree/`, `home/`; `listens` if it has a port."""

    name: str
    command: tuple[str, ...]
    source: str
    folder: str
    log: str
    path: str
    memory_mib: int
    processes: int
    user: int | None = None
    listens: bool = False
    host: str = ""
    health: str = "/"
    seconds: float | None = None
    environment: dict[str, str] = field(default_factory=dict[str, str], repr=False)

    @property
    def tree(self) -> Path:
        """The copy that it runs in."""
        return Path(self.folder, "tree")

    @property
    def home(self) -> Path:
        """What HOME and TMPDIR are in."""
        return Path(self.folder, "home")

    def confinement(self, port: int | None = None) -> Confinement:
        """How it is run, told to listen on this port."""
        return Confinement(
            command=self.command,
            folder=self.tree,
            home=self.home,
            log=Path(self.log),
            mark=self.folder,
            environment=self.environment | ({} if port is None else {"PORT": str(port)}),
            user=self.user,
            memory_mib=self.memory_mib,
            processes=self.processes,
            seconds=self.seconds,
            path=self.path,
        )


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What one supervisor runs. A release with a lower `sequence` was made earlier."""

    FILE: ClassVar[str] = "plan.json"

    processes: tuple[ProcessPlan, ...]
    sequence: int = 0
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def write(self, folder: Path) -> None:
        """The folder has this plan, for root alone."""
        write_json(folder / self.FILE, asdict(self))


@dataclass(kw_only=True)
class ServiceState:
    """How a service is: `stage` is waiting, running or refused; `crashes` since it last ran for long."""

    name: str
    stage: str = "waiting"
    port: int | None = None
    since: float = 0.0
    crashes: int = 0
    over_limit: bool = False
    reason: str = ""


@dataclass(kw_only=True)
class State:
    """What a supervisor tells: `stage` is copying, running, refused or ended."""

    FILE: ClassVar[str] = "state.json"

    stage: str = "copying"
    reason: str = ""
    services: tuple[ServiceState, ...] = ()

    def write(self, folder: Path) -> None:
        """The folder has this state."""
        write_json(folder / self.FILE, asdict(self))


def read_plan(folder: Path) -> Plan | None:
    """The plan in this folder, None if there is none."""
    content = read_json(folder / Plan.FILE)
    if content is None:
        return None
    processes = tuple(_process(plan) for plan in content["processes"])
    return Plan(processes=processes, sequence=content["sequence"], secrets=tuple(content["secrets"]))


def read_state(folder: Path) -> State:
    """What the supervisor of this folder told last; that of one that has told nothing yet."""
    content: dict[str, Any] = read_json(folder / State.FILE) or {"services": ()}
    content["services"] = tuple(ServiceState(**service) for service in content["services"])
    return State(**content)


def _process(content: dict[str, Any]) -> ProcessPlan:
    known = {item.name for item in fields(ProcessPlan)}
    # A plan may have been written by a release of Matinee that knew more.
    kept: dict[str, Any] = {name: value for name, value in content.items() if name in known}
    kept["command"] = tuple(content["command"])
    return ProcessPlan(**kept)
