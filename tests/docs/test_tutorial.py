"""The tutorial, typed as it stands."""

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from embedded.programs import beside_python
from tests.docs.pages import DOCS, blocks

TESTED = "<!-- tested:"
ME = {f"GIT_{who}_{what}": "Ada" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


@pytest.mark.server
@pytest.mark.slow
def test_the_tutorial_does_what_it_says(open_folder: Path) -> None:
    """A newcomer who types what is on the page gets a preview, updates it, and sees it go."""
    environment = {
        "HOME": str(open_folder),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "MATINEE_DATA": str(open_folder / ".local/share/matinee"),
        **ME,
    }
    page = (DOCS / "tutorial.md").read_text()
    script = "\n".join(blocks(page.partition(TESTED)[2], "sh"))

    with _up(environment):
        done = subprocess.run(
            ("bash", "-e", "-c", script), cwd=open_folder, env=environment, capture_output=True, text=True, check=False
        )

    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert _said(said, "web: http://hello-") >= 3
    assert _said(said, "4 of 4 removed and verified") == 2


@contextmanager
def _up(environment: dict[str, str]) -> Generator[None]:
    """`matinee up` runs, and has said where everything is."""
    command = (beside_python("matinee"), "up", "--port", "0")
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            assert any("Ctrl-C stops everything" in line for line in process.stdout)
            yield
        finally:
            process.terminate()


def _said(text: str, words: str) -> int:
    """How often these words begin what a line of the hook says."""
    return sum(line.removeprefix("remote:").strip().startswith(words) for line in text.splitlines())
