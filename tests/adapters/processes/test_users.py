"""Users of their own: one for each name, remembered, and free again."""

import os
from pathlib import Path

import pytest

from adapters.processes.users import Users
from domain.errors import PermanentError


def test_a_name_keeps_its_user(tmp_path: Path) -> None:
    """A preview's user is the same after a restart of the worker, and is nobody else's."""
    web = Users(tmp_path).of("shop-12/web")
    api = Users(tmp_path).of("shop-12/api")

    assert Users(tmp_path).of("shop-12/web") == web != api


def test_a_released_name_has_no_user_any_more(tmp_path: Path) -> None:
    """Only the names of the preview that is gone are forgotten."""
    users = Users(tmp_path)
    users.of("shop-1/web")
    kept = users.of("shop-12/web")

    users.release("shop-1/")

    assert users.under("") == {"shop-12/web": kept}


def test_a_full_range_is_refused_with_the_cure(tmp_path: Path) -> None:
    """When all users are taken, I am told to close previews."""
    users = Users(tmp_path, first=63_100, last=63_101)
    users.of("a")
    users.of("b")

    with pytest.raises(PermanentError, match="close some previews"):
        users.of("c")


def test_a_user_that_runs_something_is_passed_over(tmp_path: Path) -> None:
    """Another installation's user on this machine is not given away a second time."""
    ours = os.getuid()

    assert Users(tmp_path, first=ours, last=ours + 70_000).of("a") != ours
