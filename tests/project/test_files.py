"""What the files at the project's root promise to those who come to them first."""

import re
import subprocess

import pytest

from tests.project.sources import ROOT

COMMANDS = ("git clone", "make demo")
FIRST_SCREEN = 15
GO_LOCKS = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tools").rglob("go.*"))


def test_readme_begins_with_what_to_type() -> None:
    """A visitor sees both commands, clone and demo, without scrolling."""
    first = "\n".join((ROOT / "README.md").read_text().splitlines()[:FIRST_SCREEN])

    assert [command for command in COMMANDS if command not in first] == []


@pytest.mark.parametrize("name", ["requirements.lock", *GO_LOCKS])
def test_locks_name_no_host(name: str) -> None:
    """What is installed is fixed by its digest; where it comes from is left to the machine that installs."""
    text = (ROOT / name).read_text()

    assert re.findall(r"https?://\S+|^-+(?:index|extra|find)\S*", text, re.MULTILINE) == []


def test_lock_has_every_package_that_the_project_names() -> None:
    """A package added to pyproject.toml without `make lock` is noticed before it is missed."""
    locked = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    named = re.findall(
        r'^  "([a-z0-9-]+)[^"]*",', (ROOT / "pyproject.toml").read_text().partition("[tool.")[0], re.MULTILINE
    )

    assert set(named) - locked == set()
    assert len(named) > 20


def test_changelog_has_room_for_the_next_change() -> None:
    """Who uses Matinee reads what is coming under Unreleased."""
    assert "\n## [Unreleased]\n" in (ROOT / "CHANGELOG.md").read_text()


def test_licence_is_apache() -> None:
    """The licence is the whole text that pyproject.toml names."""
    words = (ROOT / "LICENSE").read_text().split()

    assert words[:3] == ["Apache", "License", "Version"]
    assert "limitations" in words[-10:]


def test_make_lists_each_target() -> None:
    """`make` alone tells a newcomer everything that can be made, with a line each."""
    targets = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    printed = subprocess.run(["make", "--directory", ROOT], capture_output=True, text=True, check=True).stdout

    assert targets
    assert re.findall(r"^  make ([\w-]+) +\S", printed, re.MULTILINE) == targets[1].split()
