"""Makes `.venv` ready: the locked packages and this project, under a Python that every user may run.

It needs nothing but some Python 3, because it is what a fresh clone runs first. When nothing has changed since
the last time it does nothing, so that every target of the Makefile can begin with it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
OLDEST, NEWEST = (3, 11), (3, 14)
"""The versions of Python that the lock was resolved for; a newer one is tried if there is nothing else."""

_ASK = "import ensurepip, sys; print(*sys.version_info[:2]); print(sys.base_prefix); print(sys._base_executable)"


class Interpreter(NamedTuple):
    """A Python that can make a virtual environment: its version, its real path, and whether any user can run it."""

    version: tuple[int, int]
    path: Path
    shared: bool


class SetUpError(Exception):
    """Set-up cannot go on. The message says why, and what to do about it."""


def main() -> int:
    """0 when `.venv` is ready, 1 after a message that says what is missing."""
    if is_ready(ROOT):
        return 0
    began = time.monotonic()
    try:
        # The lock file doubles as the lock between two `make` at once: it is always there and never replaced here.
        with LOCK.open() as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            if not is_ready(ROOT):
                set_up(ROOT)
    except SetUpError as error:
        print(f"set-up: {error}", file=sys.stderr)
        return 1
    print(f"set-up: ready after {time.monotonic() - began:.0f} s", flush=True)
    return 0


def is_ready(root: Path) -> bool:
    """Whether `.venv` was completed from what requirements.lock and pyproject.toml say now, for this folder."""
    stamp, python = root / ".venv" / "matinee-stamp", root / ".venv" / "bin" / "python"
    return python.exists() and stamp.exists() and stamp.read_text() == fingerprint(root)


def fingerprint(root: Path) -> str:
    """A digest that changes when a package, the project's description or the folder's place does."""
    parts = (str(root).encode(), (root / "requirements.lock").read_bytes(), (root / "pyproject.toml").read_bytes())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def set_up(root: Path) -> None:
    """`.venv` holds exactly the locked versions and this project, and says so in its stamp."""
    is_root = os.geteuid() == 0
    if is_root:
        os.umask(0o022)
    python = chosen(found(), prefer_shared=is_root)
    if is_root and not python.shared:
        say(f"PostgreSQL and previews run as users who cannot enter {python.path}; apt-get install python3-venv helps")
    place = place_for(root, shared=is_root)
    make(place, python)
    packages = sum(line[:1].isalnum() for line in (root / "requirements.lock").read_text().splitlines())
    say(f"installing {packages} locked packages (about a minute the first time)")
    pip = [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-input", "--no-deps"]
    run([*pip, "--require-hashes", "--no-compile", "--requirement", str(root / "requirements.lock")])
    run([*pip, "--no-build-isolation", "--editable", str(root)])
    (place / "matinee-stamp").write_text(fingerprint(root))


def found() -> list[Interpreter]:
    """Every Python that can be used, in the order of PATH, the one that runs this first."""
    folders = [*os.get_exec_path(), "/usr/bin", "/usr/local/bin"]
    names = ["python3", *(f"python3.{minor}" for minor in range(NEWEST[1], OLDEST[1] - 1, -1))]
    paths = [sys.executable, *(str(Path(folder) / name) for folder in folders for name in names)]
    answers = (asked(path) for path in dict.fromkeys(paths) if os.access(path, os.X_OK))
    return list(dict.fromkeys(answer for answer in answers if answer and answer.version >= OLDEST))


def asked(path: str) -> Interpreter | None:
    """What the program at this path says of itself, or None if it is no Python that can make environments."""
    answer = subprocess.run([path, "-I", "-c", _ASK], capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        return None
    version, prefix, base = answer.stdout.splitlines()
    major, minor = version.split()
    real = Path(base).resolve()
    return Interpreter((int(major), int(minor)), real, is_shared(real) and is_shared(Path(prefix).resolve()))


def chosen(candidates: list[Interpreter], *, prefer_shared: bool) -> Interpreter:
    """The first that all users can run, if that is preferred, and whose version the lock was resolved for."""
    if not candidates:
        wanted = ".".join(map(str, OLDEST))
        raise SetUpError(
            f"no Python {wanted} or newer with venv and ensurepip was found.\n"
            "  Debian, Ubuntu: apt-get install python3 python3-venv\n"
            f"  or put another Python (at least {wanted}) on PATH and say it again"
        )
    return min(candidates, key=lambda one: (prefer_shared and not one.shared, one.version > NEWEST))


def is_shared(path: Path) -> bool:
    """Whether every user can enter all folders down to this path and use what is there."""
    return all(place.stat().st_mode & 0o001 for place in (path, *path.parents))


def place_for(root: Path, *, shared: bool) -> Path:
    """Where the environment goes: `.venv` itself, or a folder that other users can enter, with `.venv` as a link."""
    link = root / ".venv"
    if not shared or is_shared(root):
        if not link.exists():
            link.unlink(missing_ok=True)
        return link
    place = cache() / "venvs" / hashlib.sha256(str(root).encode()).hexdigest()[:16]
    place.mkdir(parents=True, exist_ok=True)
    forget_lost(place.parent)
    place.with_suffix(".clone").write_text(str(root))
    if link.is_dir() and not link.is_symlink():
        shutil.rmtree(link)
    link.unlink(missing_ok=True)
    link.symlink_to(place)
    return place


def cache() -> Path:
    """Where things are kept that outlive a clone and can be made again."""
    default = "/var/cache/matinee" if os.geteuid() == 0 else str(Path.home() / ".cache" / "matinee")
    return Path(os.environ.get("MATINEE_CACHE") or default)


def forget_lost(venvs: Path) -> None:
    """No environment is left whose clone is gone; each holds almost a gigabyte."""
    for clone in venvs.glob("*.clone"):
        if not Path(clone.read_text()).exists():
            shutil.rmtree(clone.with_suffix(""), ignore_errors=True)
            clone.unlink()


def make(place: Path, python: Interpreter) -> None:
    """An environment of this interpreter is at this place; one that is there, works and was not moved is kept."""
    pip = place / "bin" / "pip"
    if pip.exists() and str(place) in pip.read_text() and asked(str(place / "bin" / "python")) == python:
        return
    say(f"making .venv with Python {'.'.join(map(str, python.version))} ({python.path})")
    run([str(python.path), "-m", "venv", "--clear", str(place)])


def run(command: list[str]) -> None:
    """The command has ended well; if not, its last lines are in the error."""
    ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if ended.returncode != 0:
        last = "\n  ".join(ended.stdout.strip().splitlines()[-12:])
        raise SetUpError(f"{' '.join(command[:4])} failed. If the network is the reason, say it again.\n  {last}")


def say(line: str) -> None:
    """The line is on the terminal before the work that it announces begins."""
    print(f"set-up: {line} …", flush=True)


if __name__ == "__main__":
    sys.exit(main())
