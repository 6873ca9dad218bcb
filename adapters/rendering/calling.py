"""Calls helm and kubectl on what a stranger wrote: enclosed, with a user and a folder of their own, within limits."""

import json
import shutil
import sys
import uuid
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from adapters.processes.commands import OVER_LIMIT, TIMED_OUT, Outcome
from adapters.processes.confinements import Confinement
from adapters.processes.entering import refuse_what_others_cannot_enter
from adapters.processes.folders import delete, give, make_home, make_passable
from adapters.processes.running import run, uninterrupted
from adapters.processes.users import Users
from adapters.rendering import enclosing
from adapters.rendering.forgetting import forget_lost
from adapters.rendering.problems import complaint, refused
from adapters.rendering.reading import OUTPUT_LIMIT
from domain.errors import PermanentError
from domain.phases import Reason
from domain.ports import Beat

_LOG_READ = 1 << 20
_OUT_OF_MEMORY = ("out of memory", "cannot allocate memory")
_NOWHERE = "/nonexistent"
_USER = "rendering:{}/"

ENVIRONMENT = {
    "HELM_CACHE_HOME": "home/cache",
    "HELM_CONFIG_HOME": "home/config",
    "HELM_DATA_HOME": "home/data",
    "HELM_PLUGINS": "home/plugins",
    "HELM_NO_PLUGINS": "1",
    "KUBECONFIG": "home/kubeconfig",
    "NO_COLOR": "1",
}
"""Where helm looks for its own: nowhere but in the folder of this call."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one rendering may use. A usual chart takes a tenth of a second and 60 MiB."""

    seconds: int = 30
    memory_mib: int = 512
    processes: int = 128
    output_bytes: int = OUTPUT_LIMIT


@dataclass(frozen=True, kw_only=True)
class Workplace:
    """A folder for one call: `root` is all that the program sees, and its paths are relative to it."""

    folder: Path
    user: int | None

    @property
    def root(self) -> Path:
        """What belongs to the program."""
        return self.folder / "root"

    @property
    def output(self) -> Path:
        """What the program wrote."""
        return self.folder / "output"

    @property
    def log(self) -> Path:
        """What the program said."""
        return self.folder / "log"


@asynccontextmanager
async def workplace(folder: Path, users: Users | None) -> AsyncGenerator[Workplace]:
    """A new place below the folder, which is gone after the block, and its user free again."""
    name = uuid.uuid4().hex
    user_name = _USER.format(name)
    place = Workplace(folder=folder / name, user=users.of(user_name) if users else None)
    try:
        await uninterrupted(lambda: _make(place, users))
        yield place
    finally:
        await uninterrupted(lambda: delete(place.folder))
        if users:
            users.release(user_name)


def program(name: str) -> Path:
    """Where the program is; PermanentError if it is not installed."""
    found = shutil.which(name)
    if found is None:
        raise PermanentError(
            f"{name} is not installed where Matinee's worker runs, and this definition needs it: install it, "
            "or name it in the settings",
            reason=Reason.SETTINGS,
        )
    return Path(found).resolve()


async def output_of(
    place: Workplace,
    name: str,
    *arguments: str,
    what: str,
    limits: Limits,
    beat: Beat,
    environment: dict[str, str] | None = None,
    secrets: Iterable[str] = (),
) -> bytes:
    """What the program wrote; PermanentError with what it said, or with the limit that it broke."""
    command = (str(program(name)), *arguments)
    await uninterrupted(lambda: give(place.root, place.user))
    outcome = await run(_confinement(place, command, limits, environment or {}), beat)
    said = said_in(place)
    # Helm does not notice that its last bytes were not taken.
    if outcome.exit_code or _is_full(place, limits):
        raise _failure(outcome, said, place, limits, what=what, secrets=secrets)
    return place.output.read_bytes()


def _make(place: Workplace, users: Users | None) -> None:
    make_passable(place.folder)
    for name in forget_lost(place.folder.parent, place.folder):
        if users:
            users.release(_USER.format(name))
    place.root.mkdir(mode=0o755)
    make_home(place.root / "home", None)
    if place.user is not None:
        refuse_what_others_cannot_enter(place.folder)


def _confinement(
    place: Workplace, command: tuple[str, ...], limits: Limits, environment: dict[str, str]
) -> Confinement:
    plan = {
        "user": place.user,
        "folder": str(place.root),
        "output": str(place.output),
        "output_bytes": limits.output_bytes,
        "memory_mib": limits.memory_mib,
        "seconds": limits.seconds,
        "processes": limits.processes,
    }
    enclosed = (sys.executable, "-I", "-S", str(Path(enclosing.__file__).resolve()), json.dumps(plan), *command)
    return Confinement(
        command=enclosed,
        folder=place.root,
        home=place.root / "home",
        log=place.log,
        mark=str(place.folder),
        environment={"GOMEMLIMIT": f"{limits.memory_mib * 3 // 4}MiB", "GOMAXPROCS": "2", **environment},
        memory_mib=limits.memory_mib,
        processes=limits.processes,
        seconds=limits.seconds,
        path=_NOWHERE,
    )


def said_in(place: Workplace) -> str:
    """The beginning of what the program said: the cause stands before the trace of its insides."""
    with place.log.open("rb") as file:
        return file.read(_LOG_READ).decode(errors="replace")


def _failure(
    outcome: Outcome, said: str, place: Workplace, limits: Limits, *, what: str, secrets: Iterable[str]
) -> PermanentError:
    if outcome.exit_code == enclosing.REFUSED:
        return PermanentError(
            f"{what} is not rendered, because nothing here would keep the program from the network and from the files "
            f"of this machine: {said.strip()}; run the worker on Linux from version 5.13 on, on x86-64 or ARM64",
            reason=Reason.PLATFORM_REFUSED,
        )
    too_much = _too_much(outcome, said, place, limits)
    if too_much:
        return refused(f"{what} cannot be rendered: {too_much}; make it smaller")
    places = (f"{place.root}/tree/", f"{place.root}/", "/tree/", "tree/")
    return refused(f"{what} cannot be rendered: {complaint(said, places=places, secrets=secrets)}")


def _is_full(place: Workplace, limits: Limits) -> bool:
    return place.output.exists() and place.output.stat().st_size >= limits.output_bytes


def _too_much(outcome: Outcome, said: str, place: Workplace, limits: Limits) -> str:
    """The limit that was broken, in words; empty if none was."""
    if outcome.exit_code == TIMED_OUT or "SIGXCPU" in outcome.reason:
        return f"it took longer than {limits.seconds} s"
    if outcome.exit_code == OVER_LIMIT and outcome.over_limit:
        return outcome.reason
    if _is_full(place, limits):
        return f"it makes more than {limits.output_bytes} bytes, and large data belong into an image"
    if any(sign in said for sign in _OUT_OF_MEMORY):
        return f"it needs more than {limits.memory_mib} MiB of memory"
    return "" if said.strip() else outcome.reason
