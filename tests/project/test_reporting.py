"""What a run of the tests says of the tests that it left out."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project.sources import ROOT

LEAVES_ONE_OUT = """
import pytest

def test_runs():
    pass

@pytest.mark.slow
def test_is_slow():
    pass

def test_needs_what_is_not_here():
    pytest.skip("no such server here")
"""
NEEDS = """
import pytest

@pytest.mark.cluster(needs="{module}")
def test_needs_what_is_not_built():
    raise AssertionError
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project with our reporting, and tests of which some cannot run."""
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n  slow: takes long\n  cluster: needs a cluster\n")
    (tmp_path / "test_some.py").write_text(LEAVES_ONE_OUT)
    return tmp_path


def run(project: Path, *, everywhere: bool) -> tuple[int, str]:
    """How a run of the project's tests ended, and what it printed; `everywhere` is a machine that must run all."""
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-m", "not slow", "-p", "no:cacheprovider"],
        cwd=project,
        env={
            **os.environ,
            "CI": "true" if everywhere else "",
            "PYTHONPATH": str(ROOT),
            "MATINEE_CACHE": str(project / "nothing-is-built"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.returncode, ended.stdout


def test_what_was_left_out_is_said(project: Path) -> None:
    """A developer sees how many tests did not run, and why, and the run is green."""
    code, printed = run(project, everywhere=False)

    assert code == 0
    assert re.findall(r"^\d+ left out: .*$", printed, re.MULTILINE) == [
        "1 left out: marked slow",
        "1 left out: no such server here",
    ]


def test_nothing_is_left_out_in_ci(project: Path) -> None:
    """Where everything must run, a test that skips itself fails the run with its reason."""
    code, printed = run(project, everywhere=True)

    assert code == 1
    assert "left out, and under CI=true nothing may be: Skipped: no such server here" in printed


def test_a_file_that_skips_itself_fails_in_ci(project: Path) -> None:
    """A missing library cannot hide a whole file of tests."""
    (project / "test_file.py").write_text("import pytest\npytest.importorskip('a_library_nobody_has')\n")

    code, printed = run(project, everywhere=True)

    assert code != 0
    assert "a_library_nobody_has" in printed


@pytest.mark.parametrize("everywhere", [False, True])
def test_what_takes_too_long_to_build_is_named_where_it_is_missing(project: Path, *, everywhere: bool) -> None:
    """A run without kwok is green, in CI too, and says which tests it left out and what would bring them back."""
    (project / "test_some.py").write_text(NEEDS.format(module="kwok"))

    code, printed = run(project, everywhere=everywhere)

    assert code == 0
    assert "1 left out: no kwok, stages here: make kwok builds it" in printed


def test_what_ci_builds_fails_in_ci_where_it_is_missing(project: Path) -> None:
    """A build that failed silently does not hide the tests that need it."""
    (project / "test_some.py").write_text(NEEDS.format(module="helm"))

    code, printed = run(project, everywhere=True)

    assert code == 1
    assert "under CI=true nothing may be: Skipped: no helm here: make programs builds it" in printed
