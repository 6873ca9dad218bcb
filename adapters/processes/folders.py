"""Folders of confined commands: given to their user, copied and deleted without following a link."""

import contextlib
import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

_TOO_DEEP = frozenset({errno.EMFILE, errno.ENFILE, errno.ENAMETOOLONG, errno.ELOOP})


def make_passable(folder: Path) -> None:
    """The folder is there; others may pass through it and the ones made on the way, whatever the umask, not look."""
    if folder.is_dir():
        return
    make_passable(folder.parent)
    with contextlib.suppress(FileExistsError):  # Somebody else has just made it.
        folder.mkdir()
        folder.chmod(0o711)


def make_home(home: Path, user: int | None) -> None:
    """The folder and its `tmp` are there and belong to the user alone; what the user has made in it stays as it is."""
    (home / "tmp").mkdir(mode=0o700, parents=True, exist_ok=True)
    home.chmod(0o700)
    if user is not None:
        for place in (home, home / "tmp"):
            os.lchown(place, user, user)


def give(folder: Path, user: int | None) -> None:
    """The folder with all in it belongs to the user, who alone may enter it. A link is given, not what it names."""
    folder.chmod(0o700)
    if user is None:
        return
    os.chown(folder, user, user)
    # By open folders and not by paths, in which whoever the folder is given to could put a link meanwhile.
    for _, folders, files, opened in os.fwalk(folder):
        for name in (*folders, *files):
            os.chown(name, user, user, dir_fd=opened, follow_symlinks=False)


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
        _delete(folder)
    except FileNotFoundError:
        return
    except PermissionError:
        _open_up(folder)
        _delete(folder)


def _delete(folder: Path) -> None:
    try:
        shutil.rmtree(folder)
    except (RecursionError, OSError) as error:
        # Python goes one call and one open file deeper for each folder; a command may have made thousands.
        if isinstance(error, OSError) and error.errno not in _TOO_DEEP:
            raise
        _delete_deep(folder)


def _delete_deep(folder: Path) -> None:
    command = ("/bin/rm", "-rf", "--", str(folder))
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)  # noqa: S603 - our own path
    if ended.returncode:
        raise OSError(errno.ENOTEMPTY, os.strerror(errno.ENOTEMPTY), str(folder))


def _open_up(folder: Path) -> None:
    # A build may leave folders that not even their owner may write to, such as Go's module cache.
    folder.chmod(0o700)
    for parent, folders, _ in os.walk(folder):
        for name in folders:
            place = Path(parent, name)
            if not place.is_symlink():
                place.chmod(0o700)
