"""Worktree: a developer's own clone, driven by the real git, for tests of what a push does."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path


class Worktree:
    """A working copy in this folder, apart from any configuration of the machine that the tests run on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")

    def commit(self, branch: str, files: Mapping[str, bytes], *, title: str = "A change", start: str = "") -> str:
        """A new commit of these files on a branch, which is made at `start` if that is given; its id."""
        if start:
            self.git("checkout", "--quiet", "-B", branch, start)
        elif self.git("symbolic-ref", "--short", "HEAD") != branch:
            self.git("checkout", "--quiet", branch)
        for path, content in files.items():
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / path).write_bytes(content)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", f"--message={title}")
        return self.git("rev-parse", "HEAD")

    def push(self, remote: Path, *refs: str) -> str:
        """The remote has these refs, forced where needed; what the remote said meanwhile."""
        return self.git("push", "--force", str(remote), *refs, errors=True)

    def delete(self, remote: Path, branch: str) -> str:
        """The remote has no such branch any more; what it said."""
        return self.git("push", str(remote), f":refs/heads/{branch}", errors=True)

    def git(self, *arguments: str, errors: bool = False) -> str:
        """What this git command wrote; with `errors`, to both of its outputs."""
        settings = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        names = ("AUTHOR", "COMMITTER")
        person = {f"GIT_{name}_NAME": "Alice" for name in names} | {f"GIT_{name}_EMAIL": "a@example" for name in names}
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"} | settings | person,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if errors else None,
            check=True,
            timeout=30,
        )
        return done.stdout.decode(errors="backslashreplace").strip()
