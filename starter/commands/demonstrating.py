"""A clone of the example, as a developer would have it: commits and pushes with git itself."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from domain.errors import PermanentError


class Clone:
    """A git repository made of the example's files; `remote` is where it is pushed to."""

    def __init__(self, folder: Path, example: Path, remote: Path) -> None:
        self._folder = folder
        self._example = example
        self._remote = remote
        self._program = shutil.which("git") or "git"

    def begin(self) -> None:
        """The example is the first commit of `main`, here and at the remote."""
        shutil.copytree(self._example, self._folder, ignore=shutil.ignore_patterns("__pycache__", "dist"))
        self._git("init", "--quiet", "--initial-branch=main")
        self._git("add", "--all")
        self._git("commit", "--quiet", "--message=Open the shop")
        self._git("push", "--quiet", str(self._remote), "main")

    def commit(self, branch: str, files: Mapping[str, str]) -> str:
        """The id of a new commit on this branch in which these files are so."""
        self._git("checkout", "--quiet", *(() if self._has(branch) else ("-b",)), branch)
        for path, content in files.items():
            (self._folder / path).write_text(content)
        self._git("add", "--all")
        self._git("commit", "--quiet", f"--message=Change {', '.join(files)}")
        return self._git("rev-parse", "HEAD").strip()

    def push(self, branch: str) -> None:
        """The branch is at the remote, and its hook has shown all it had to show."""
        self._git("push", "--quiet", str(self._remote), branch)

    def delete(self, branch: str) -> None:
        """The branch is gone from the remote."""
        self._git("push", "--quiet", str(self._remote), f":{branch}")

    def _has(self, branch: str) -> bool:
        return bool(self._git("branch", "--list", branch))

    def _git(self, *arguments: str) -> str:
        """What git answers; its settings are not this user's, so that the demo is the same everywhere."""
        environment = {
            "PATH": f"{Path(self._program).parent}:{os.defpath}",
            "HOME": str(self._folder.parent),
            "GIT_CONFIG_NOSYSTEM": "1",
            **{f"GIT_{who}_NAME": "Ada" for who in ("AUTHOR", "COMMITTER")},
            **{f"GIT_{who}_EMAIL": "ada@example.test" for who in ("AUTHOR", "COMMITTER")},
        }
        done = subprocess.run(
            (self._program, *arguments), cwd=self._folder, env=environment, check=False, capture_output=True, text=True
        )
        if done.returncode != 0:
            raise PermanentError(f"git {arguments[0]} failed: {done.stderr.strip()}")
        return done.stdout
