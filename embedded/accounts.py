"""Accounts: the user of the operating system that a part runs as, because PostgreSQL refuses to be root."""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from domain.errors import PermanentError
from domain.phases import Reason

_CANDIDATES = ("postgres", "nobody")


@dataclass(frozen=True, kw_only=True)
class Account:
    """A user by name and numbers."""

    name: str
    uid: int
    gid: int


def unprivileged() -> Account | None:
    """The user that stands in for root, or None where we are not root and stay who we are."""
    if os.geteuid() != 0:
        return None
    for name in _CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid)
    raise PermanentError(
        "PostgreSQL does not run as root, and there is neither a user `postgres` nor `nobody` to run it as. "
        "Add one (`useradd --system postgres`) or run Matinee as an ordinary user.",
        reason=Reason.SETTINGS,
    )


def closed_folder(path: Path, account: Account | None) -> Path | None:
    """The first folder on the way to this path, itself included, that the user cannot enter; None if all are open."""
    if account is None:
        return None
    way = [*reversed(path.resolve().parents), path.resolve()]
    return next((folder for folder in way if not _may_enter(folder, account)), None)


def _may_enter(folder: Path, account: Account) -> bool:
    """Whether the permission bits let the user through; a folder that is still to be made counts as open."""
    try:
        status = folder.stat()
    except FileNotFoundError:
        return True
    if status.st_uid == account.uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == account.gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)


def prepare(folder: Path, account: Account | None) -> None:
    """The folder exists and the user can enter it; PermanentError names the folder on the way that is closed."""
    folder.mkdir(parents=True, exist_ok=True)
    closed = closed_folder(folder, account)
    if closed is None or account is None:
        return
    raise PermanentError(
        f"PostgreSQL runs as the user `{account.name}`, because it refuses root, and that user cannot enter {closed}. "
        f"Keep the data in a folder that others may enter, such as /var/lib/matinee, or run `chmod o+x {closed}`.",
        reason=Reason.SETTINGS,
    )


def give(path: Path, account: Account | None) -> None:
    """The path belongs to the user; nothing changes where we are not root."""
    if account is not None:
        os.chown(path, account.uid, account.gid)
