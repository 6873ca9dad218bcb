"""Traces: what a running part shows of itself to the rest of the machine."""

from contextlib import suppress
from pathlib import Path

import psutil

from embedded.leftovers import family


def files_outside(folder: Path, pid: int) -> set[str]:
    """The files outside this folder that the part's processes have open for writing."""
    found: set[str] = set()
    for member in family(pid):
        with suppress(psutil.NoSuchProcess):
            found |= {file.path for file in member.open_files() if _writes(file.mode)}
    return {path for path in found if not Path(path).is_relative_to(folder)}


def command_lines(pid: int) -> str:
    """The command lines and environments of the part's processes, as anybody may read the former in a list."""
    shown: list[str] = []
    for member in family(pid):
        with suppress(psutil.NoSuchProcess):
            shown += [*member.cmdline(), *member.environ().values()]
    return "\n".join(shown)


def names_in(folder: Path) -> set[str]:
    """The names of what lies in this folder."""
    return {path.name for path in folder.iterdir()}


def logged_in(folder: Path) -> str:
    """All that the logs in this folder hold."""
    return "\n".join(log.read_text() for log in folder.glob("*.log"))


def _writes(mode: str) -> bool:
    """Whether a file opened in this mode can be written to."""
    return mode not in {"r", "rb"}
