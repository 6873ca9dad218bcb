"""A data folder is one installation's at a time."""

import os
from pathlib import Path

import pytest

from domain.errors import PermanentError
from embedded import locks


def test_a_second_start_on_a_folder_is_refused_with_its_holder_and_the_cure(tmp_path: Path) -> None:
    """Two servers never write to one database; the user learns which process has the folder."""
    with (
        locks.held(tmp_path / "data"),
        pytest.raises(PermanentError, match=f"process {os.getpid()}.*kill {os.getpid()}"),
        locks.held(tmp_path / "data"),
    ):
        pass


def test_a_folder_is_free_again_after_the_end(tmp_path: Path) -> None:
    """A lock that is left over cannot exist."""
    with locks.held(tmp_path):
        pass

    with locks.held(tmp_path):
        assert (tmp_path / "lock").read_text() == str(os.getpid())
