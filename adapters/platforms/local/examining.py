"""Examining whether this machine can run previews, in words with a cure."""

import os
import shutil
from pathlib import Path

from adapters.processes.entering import refuse_what_others_cannot_enter
from domain.errors import PermanentError


def problems(data: Path, *, own_users: bool) -> tuple[str, ...]:
    """What keeps previews from running here; nothing if all is well."""
    found = [*_tools(), *_folder(data)]
    if own_users:
        found += _users(data)
    return tuple(found)


def _tools() -> list[str]:
    missing = [tool for tool in ("/bin/sh", "/bin/cp") if shutil.which(tool) is None]
    return [f"{tool} is missing; install the system's basic tools (Debian: coreutils, dash)" for tool in missing]


def _folder(data: Path) -> list[str]:
    if data.is_dir() and not os.access(data, os.W_OK | os.X_OK):
        return [f"the data folder {data} cannot be written to; give it to the user that runs Matinee"]
    return []


def _users(data: Path) -> list[str]:
    if os.geteuid() != 0:
        return ["only root can give services users of their own; run the worker as root, or switch that off"]
    try:
        refuse_what_others_cannot_enter(data)
    except PermanentError as error:
        return [error.message]
    return []
