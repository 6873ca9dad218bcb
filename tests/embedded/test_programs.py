"""The programs come from installed packages, or the user reads how to install them."""

from pathlib import Path

import pytest

from domain.errors import PermanentError
from embedded import programs
from embedded.accounts import Account

_STRANGER = Account(name="stranger", uid=64_000, gid=64_000)


def _package(folder: Path) -> Path:
    """A package in the shape of PostgreSQL's, with its libraries beside it."""
    (folder / "pg" / "pginstall" / "bin").mkdir(parents=True)
    (folder / "pg" / "pginstall" / "bin" / "postgres").touch()
    (folder / "pg.libs").mkdir()
    return folder / "pg"


def test_a_program_that_is_not_installed_is_an_error_with_its_cure() -> None:
    """Nothing is downloaded behind the user's back."""
    with pytest.raises(PermanentError, match="pip install"):
        programs.beside_python("no-such-program")


def test_programs_that_their_user_can_reach_run_where_they_are(tmp_path: Path) -> None:
    """Nothing is copied without need."""
    package = _package(tmp_path)

    assert programs.postgres_binaries(tmp_path / "data", None, package) == package / "pginstall" / "bin"


def test_programs_in_a_closed_home_are_copied_once(open_folder: Path) -> None:
    """A clone in root's home works, though PostgreSQL runs as somebody who cannot enter it."""
    home = open_folder / "home"
    home.mkdir(mode=0o700)
    package = _package(home)

    first = programs.postgres_binaries(open_folder / "data", _STRANGER, package)
    (first / "seen").touch()
    second = programs.postgres_binaries(open_folder / "data", _STRANGER, package)

    assert (first / "postgres").exists()
    assert (second / "seen").exists()
    assert (first.parents[2] / "pg.libs").is_dir()
