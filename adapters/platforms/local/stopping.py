"""Stopping what runs in a folder of a preview, and taking the folder away with its users."""

from pathlib import Path

import psutil

from adapters.platforms.local.detaching import OWN
from adapters.platforms.local.places import PreviewPlaces
from adapters.processes.confinements import MARK, Trace
from adapters.processes.ending import end_found
from adapters.processes.finding import processes_of, under, variables_of
from adapters.processes.folders import delete
from adapters.processes.users import Users
from domain.errors import TemporaryError
from domain.phases import Reason

_GRACE = 9.0
"""Seconds for a supervisor, which gives its services five of them and then ends them itself."""


def stop(folder: Path, users: Users | None, prefix: str) -> None:
    """Nothing runs in this folder or as its users; TemporaryError(TEARDOWN_BLOCKED) names what cannot be ended.

    Supervisors end first, as they would start again what they lose.
    """
    end_found(lambda: [process for process in under(str(folder)) if _is_own(process)], grace=_GRACE)
    left = end_found(lambda: _found(folder, users, prefix))
    if left:
        numbers = ", ".join(str(process.pid) for process in left)
        raise TemporaryError(
            f"processes of {prefix.rstrip('/')} cannot be ended, because the kernel holds them: {numbers}",
            reason=Reason.TEARDOWN_BLOCKED,
        )


def take_away(folder: Path, users: Users | None, prefix: str) -> None:
    """The same, and the folder is gone, and its users are free for others."""
    stop(folder, users, prefix)
    try:
        delete(folder)
    except OSError as error:
        raise TemporaryError(
            f"{folder} cannot be deleted: {error.strerror}; delete it by hand", reason=Reason.TEARDOWN_BLOCKED
        ) from error
    if users:
        users.release(prefix)


def prefix_of(place: PreviewPlaces, folder: Path) -> str:
    """What the names of all users of this folder of the preview begin with."""
    inside = folder.relative_to(place.folder)
    return f"{place.label}/{inside}/" if inside.parts else f"{place.label}/"


def _is_own(process: psutil.Process) -> bool:
    return variables_of(process).get(MARK, "").endswith(OWN)


def _found(folder: Path, users: Users | None, prefix: str) -> list[psutil.Process]:
    marked = under(str(folder))
    if users is None:
        traces = {Trace(mark=mark) for mark in map(_mark, marked) if not mark.endswith(OWN)}
    else:
        # What cleared its variables is found by its user; the mark that a foreign one has keeps it out.
        traces = {Trace(mark=str(folder), user=user) for user in users.under(prefix).values()}
    found = [process for trace in traces for process in processes_of(trace, thorough=True)]
    return list({process.pid: process for process in (*marked, *found)}.values())


def _mark(process: psutil.Process) -> str:
    return variables_of(process).get(MARK, "")
