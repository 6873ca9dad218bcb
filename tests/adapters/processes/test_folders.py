"""Folders of confined commands: copied, given away and deleted without following a link."""

import os
from pathlib import Path

import pytest

from adapters.processes.entering import obstacle
from adapters.processes.folders import copy_tree, delete, make_home, make_passable


def test_a_copy_is_a_copy(tmp_path: Path) -> None:
    """What a service writes into its tree does not change the image; links stay links."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "file").write_text("one")
    (source / "link").symlink_to("file")

    copy_tree(source, tmp_path / "copy", None, mark={})
    (tmp_path / "copy" / "file").write_text("two")

    assert (source / "file").read_text() == "one"
    assert (tmp_path / "copy" / "link").is_symlink()


@pytest.mark.parametrize("user", [61_000 if os.geteuid() == 0 else os.getuid()])
def test_giving_a_tree_away_follows_no_link(tmp_path: Path, user: int) -> None:
    """A link to a file of root's in a commit does not make that file the commit's."""
    precious = tmp_path / "precious"
    precious.write_text("root's")
    source = tmp_path / "source"
    source.mkdir()
    (source / "link").symlink_to(precious)

    copy_tree(source, tmp_path / "copy", user, mark={})

    assert precious.stat().st_uid == os.getuid()
    assert (tmp_path / "copy" / "link").lstat().st_uid == user


def test_deleting_follows_no_link_and_minds_no_lock(tmp_path: Path) -> None:
    """A folder that nobody may write to goes as well; what a link leads to stays."""
    precious = tmp_path / "precious"
    precious.mkdir()
    folder = tmp_path / "folder"
    (folder / "closed").mkdir(parents=True)
    (folder / "closed" / "link").symlink_to(precious)
    (folder / "closed").chmod(0o500)

    delete(folder)
    delete(folder)

    assert precious.is_dir()
    assert not folder.exists()


def test_folders_however_deep_are_deleted(tmp_path: Path) -> None:
    """A service that makes folder in folder in folder does not keep its preview from being removed."""
    folder = tmp_path / "folder"
    folder.mkdir()
    within = os.open(folder, os.O_RDONLY)
    for _ in range(3_000):
        os.mkdir("deeper", dir_fd=within)
        inner = os.open("deeper", os.O_RDONLY, dir_fd=within)
        os.close(within)
        within = inner
    os.close(within)

    delete(folder)

    assert not folder.exists()


@pytest.mark.parametrize("user", [61_000 if os.geteuid() == 0 else os.getuid()])
def test_a_home_that_is_made_ready_again_gives_nothing_away(tmp_path: Path, user: int) -> None:
    """A link that a service left in its home in place of a folder does not get it what the link leads to."""
    precious = tmp_path / "precious"
    precious.mkdir()
    make_home(tmp_path / "home", user)
    (tmp_path / "home" / "tmp").rmdir()
    (tmp_path / "home" / "tmp").symlink_to(precious)

    make_home(tmp_path / "home", user)

    assert precious.stat().st_uid == os.getuid()
    assert (tmp_path / "home").stat().st_uid == user


def test_folders_made_on_the_way_are_passable(tmp_path: Path) -> None:
    """Other users come through to their own folder whatever our umask is; the first closed folder is named."""
    before = os.umask(0o077)
    try:
        make_passable(tmp_path / "a" / "b")
    finally:
        os.umask(before)

    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o711
    tmp_path.chmod(0o700)
    assert obstacle(tmp_path / "a" / "b") is not None
