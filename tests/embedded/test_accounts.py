"""Who PostgreSQL runs as, and whether that user can get to its folder."""

import os
from pathlib import Path

import pytest

from domain.errors import PermanentError
from embedded import accounts
from embedded.accounts import Account

_STRANGER = Account(name="stranger", uid=64_000, gid=64_000)


def test_root_has_somebody_to_run_postgresql_as_and_nobody_else_needs_one() -> None:
    """PostgreSQL never runs as root."""
    account = accounts.unprivileged()

    assert (account is None) == (os.geteuid() != 0)
    assert account is None or account.uid != 0


def test_a_closed_folder_on_the_way_is_named_with_its_cure(tmp_path: Path) -> None:
    """The user learns which folder to open, instead of reading that a file of PostgreSQL's is not there."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)

    with pytest.raises(PermanentError, match=r"`stranger`.*cannot enter .*chmod o\+x"):
        accounts.prepare(closed / "data", _STRANGER)


def test_an_open_folder_is_made_and_allowed(open_folder: Path) -> None:
    """A folder that others may enter is all that is asked for."""
    accounts.prepare(open_folder / "data", _STRANGER)

    assert (open_folder / "data").is_dir()


def test_the_owner_may_enter_what_is_closed_to_others(open_folder: Path) -> None:
    """PostgreSQL's own folder is closed to all but its user, which is no hindrance."""
    own = open_folder / "own"
    own.mkdir(mode=0o700)
    status = own.stat()

    assert accounts.closed_folder(own, Account(name="me", uid=status.st_uid, gid=status.st_gid)) is None
    assert accounts.closed_folder(own, _STRANGER) == own.resolve()


def test_who_is_not_root_needs_no_open_folder(tmp_path: Path) -> None:
    """An ordinary user's data may lie in a home that is closed to others."""
    assert accounts.closed_folder(tmp_path, None) is None
