"""Folders of confined commands: given to their user, copied and deleted without following a link."""

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path


def make_passable(folder: Path) -> None:
    """The folder is there; others may pass through it and the ones made on the way, whatever the umask, not look."""
    if folder.is_dir():
        return
    make_passable(folder.parent)
    with contextlib.suppress(FileExistsError):  # Somebody else has just made it.
        folder.mkdir()
        folder.chmod(0o711)


def make_home(home: Path, user: int | None) -> None:
    """The folder and its `tmp` are there and belong to the user alone."""
    (home / "tmp").mkdir(mode=0o700, parents=True, exist_ok=True)
    give(home, user)


def give(folder: Path, user: int | None) -> None:
    """The folder with all in it belongs to the user, who alone may enter it. A link is given, not what it names."""
    folder.chmod(0o700)
    if user is None:
        return
    os.chown(folder, user, user)
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.lchown(Path(parent, name), user, user)


def copy_tree(source: Path, target: Path, user: int | None, *, mark: dict[str, str]) -> None:
    """`target` is a copy of the tree and belongs to the user; a half made one is replaced.

    Blocks are shared where the file system can. Hard links would be faster, and would let a service write into
    the image. The copying process carries `mark`, as it may outlive us and has to be found then.
    """
    delete(target)
    sharing = ("--reflink=auto",) if sys.platform == "linux" else ()
    subprocess.run(  # noqa: S603 - both paths are ours
        ("/bin/cp", "-a", *sharing, "--", str(source), str(target)),
        env={"PATH": "/usr/bin:/bin"} | mark,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    give(target, user)


def delete(folder: Path) -> None:
    """The folder and all in it is gone; absent is fine. Links in it are deleted, not followed."""
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        return
    except PermissionError:
        _open_up(folder)
        shutil.rmtree(folder)


def _open_up(folder: Path) -> None:
    # A build may leave folders that not even their owner may write to, such as Go's module cache.
    folder.chmod(0o700)
    for parent, folders, _ in os.walk(folder):
        for name in folders:
            place = Path(parent, name)
            if not place.is_symlink():
                place.chmod(0o700)
