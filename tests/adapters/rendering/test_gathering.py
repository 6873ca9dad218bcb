"""What a program may see of a repository: what is asked for, and nothing beyond the repository."""

import os
from pathlib import Path

import pytest

from adapters.rendering.gathering import Room, gather
from domain.errors import PermanentError


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A repository with a chart, and a file beside it."""
    place = tmp_path / "tree"
    (place / "chart" / "templates").mkdir(parents=True)
    (place / "chart" / "Chart.yaml").write_text("name: a\n")
    (place / "chart" / "templates" / "a.yaml").write_text("a: 1\n")
    (place / "other").mkdir()
    (place / "other" / "b.yaml").write_text("b: 2\n")
    (tmp_path / "secret").write_text("hidden")
    (tmp_path / "target").mkdir()
    return place


def _gathered(tree: Path, *paths: str) -> dict[str, str]:
    target = tree.parent / "target"
    gather(tree, paths, target)
    return {str(file.relative_to(target)): file.read_text() for file in target.rglob("*") if file.is_file()}


def _refused(tree: Path, *paths: str, room: Room | None = None) -> str:
    with pytest.raises(PermanentError) as refused:
        gather(tree, paths, tree.parent / "target", room)
    return refused.value.message


def test_what_is_asked_for_is_copied_and_nothing_else(tree: Path) -> None:
    """A chart does not see the rest of the repository."""
    (tree / "chart" / ".git").mkdir()

    assert _gathered(tree, "./chart/") == {"chart/Chart.yaml": "name: a\n", "chart/templates/a.yaml": "a: 1\n"}


def test_a_link_within_the_repository_is_written_out(tree: Path) -> None:
    """Parts that two charts share by a link are there."""
    (tree / "chart" / "shared").symlink_to("../other")

    found = _gathered(tree, "chart")

    assert found["chart/shared/b.yaml"] == "b: 2\n"
    assert not (tree.parent / "target" / "chart" / "shared").is_symlink()


@pytest.mark.parametrize("target", ["../../secret", "/etc/passwd", "../../../../../../../../etc"])
def test_a_link_out_of_the_repository_is_refused(tree: Path, target: str) -> None:
    """No file of the machine ends up in a preview."""
    (tree / "chart" / "x").symlink_to(target)

    assert _refused(tree, "chart") == ("chart/x leads out of the repository; copy what it names into the repository")


@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "chart/../../secret"])
def test_a_path_out_of_the_repository_is_refused(tree: Path, path: str) -> None:
    """The same for paths."""
    assert "leads out of the repository" in _refused(tree, path)


def test_what_is_not_there_is_named(tree: Path) -> None:
    """A slip of the pen is told as one."""
    assert _refused(tree, "cart") == ("cart is not in the repository at this commit; write a path from its root")


def test_links_that_lead_to_themselves_end(tree: Path) -> None:
    """A loop is refused, whichever limit it meets first."""
    (tree / "chart" / "loop").symlink_to(".")

    assert "folders deep; a link may lead to itself" in _refused(tree, "chart")


def test_what_is_no_file_is_refused(tree: Path) -> None:
    """Nothing waits for somebody to write into a pipe."""
    os.mkfifo(tree / "chart" / "pipe")

    assert _refused(tree, "chart") == "chart/pipe is neither a file nor a folder; take it out"


@pytest.mark.parametrize("room", [Room(files=1), Room(size=10)])
def test_a_whole_repository_is_too_much(tree: Path, room: Room) -> None:
    """Who names the root of a large repository is told to give the manifests a folder."""
    assert "give the manifests a folder of their own" in _refused(tree, ".", room=room)
