"""Set-up: what a fresh clone gets from its first command."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.project.sources import ROOT
from tools import setup


def interpreter(version: tuple[int, int], *, shared: bool) -> setup.Interpreter:
    """A Python of this version, in a place that all users can enter or not."""
    place = "/usr" if shared else "/root"
    return setup.Interpreter(version, Path(f"{place}/bin/python{version[0]}.{version[1]}"), shared)


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Path]:
    """A folder with what set-up reads; gone afterwards, because an environment is large."""
    place = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", ROOT, place], check=True)
    yield place
    shutil.rmtree(tmp_path)


def test_a_root_user_gets_a_python_that_previews_can_run() -> None:
    """PostgreSQL and previews run as other users, so a Python in root's own home is the second choice."""
    private, public = interpreter((3, 12), shared=False), interpreter((3, 11), shared=True)

    assert setup.chosen([private, public], prefer_shared=True) == public
    assert setup.chosen([private, public], prefer_shared=False) == private
    assert setup.chosen([private], prefer_shared=True) == private


def test_a_python_that_the_lock_was_resolved_for_is_preferred() -> None:
    """A Python newer than any that was tried is taken only when there is no other."""
    newer, known = interpreter((3, 99), shared=True), interpreter((3, 13), shared=True)

    assert setup.chosen([newer, known], prefer_shared=True) == known
    assert setup.chosen([newer], prefer_shared=True) == newer


def test_no_python_is_an_error_with_a_cure() -> None:
    """Who has no usable Python reads which package to install."""
    with pytest.raises(setup.SetUpError, match="apt-get install python3 python3-venv"):
        setup.chosen([], prefer_shared=True)


def test_every_candidate_can_make_an_environment() -> None:
    """Set-up looks at what each Python says of itself, so a shim of a version manager is no surprise."""
    candidates = setup.found()

    assert candidates
    assert all(one.version >= setup.OLDEST and one.path.is_file() for one in candidates)


def test_a_program_that_is_no_python_is_passed_over() -> None:
    """A file that is only called python3 does not stop set-up."""
    assert setup.asked(str(shutil.which("false"))) is None


def test_a_folder_is_shared_when_everybody_can_enter_it(tmp_path: Path) -> None:
    """A private parent makes all below it private."""
    parent = tmp_path / "parent"
    (parent / "child").mkdir(parents=True)
    parent.chmod(0o700)

    assert not setup.is_shared(parent / "child")
    assert setup.is_shared(Path("/usr/bin"))


def test_environments_of_lost_clones_are_forgotten(tmp_path: Path) -> None:
    """A machine that clones every day does not fill up; a clone that is still there keeps its environment."""
    for name, clone in {"lost": tmp_path / "nowhere", "kept": tmp_path}.items():
        (tmp_path / name).mkdir()
        (tmp_path / f"{name}.clone").write_text(str(clone))

    setup.forget_lost(tmp_path)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept", "kept.clone"]


def test_a_failed_command_says_why() -> None:
    """The last lines of what failed are in the error, and so is what to do."""
    with pytest.raises(setup.SetUpError, match=r"network[\s\S]*not here"):
        setup.run(["sh", "-c", "echo not here; exit 1"])


@pytest.mark.slow
def test_a_fresh_clone_is_ready_after_one_command_and_at_once_after_the_second(clone: Path) -> None:
    """`make ready` needs nothing but Python; said again it does nothing and says nothing."""
    environment = {**os.environ, "MATINEE_CACHE": str(clone.parent / "cache")}
    ready = ["make", "--directory", clone, "ready"]

    first = subprocess.run(ready, env=environment, capture_output=True, text=True, check=True)
    second = subprocess.run(ready, env=environment, capture_output=True, text=True, check=True)
    where = subprocess.check_output([clone / ".venv/bin/python", "-I", "-c", "import domain; print(domain.__file__)"])

    assert "set-up: ready after" in first.stdout
    assert "set-up" not in second.stdout
    assert where.decode().startswith(str(clone))
