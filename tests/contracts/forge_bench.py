"""ForgeBench: what the contract tests of the port Forge need to do to a forge, whichever it is.

A file `tests/contracts/benches_<name>.py` that has `FORGE_BENCHES` adds its forges to tests/contracts/test_forges.py;
a bench that needs a server of its own says so by `FORGE_MARKS = (pytest.mark.server,)`.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

from domain.names import Key
from domain.ports import Forge

Files = Mapping[str, bytes]
"""Files by path, each changed or added."""

BASE_FILES: Files = {"README.md": b"# Shop\n", "migrations/0001.sql": b"create table article ();\n"}
"""What the default branch of every bench's repository has, and nothing else."""


class ForgeBench(Protocol):
    """One forge with one empty repository, and the hands of the people who use it."""

    @property
    def forge(self) -> Forge:
        """The adapter under test, looking at this forge."""
        ...

    @property
    def repository(self) -> str:
        """The repository's name, as in `acme/shop`; its default branch `main` has BASE_FILES."""
        ...

    async def open(self, branch: str, files: Files, *, title: str = "A change") -> Key:
        """A pull request from the default branch whose one commit changes these files and says this title."""
        ...

    async def push(self, key: Key, files: Files) -> str:
        """One more commit on an open pull request; its id."""
        ...

    async def close(self, key: Key) -> None:
        """The pull request is closed, as people close them there."""
        ...

    async def reopen(self, key: Key) -> Key:
        """What was closed is open again, with the same head: its key now, which may be a new one."""
        ...

    async def shown(self, key: Key) -> tuple[str, ...]:
        """Every text of ours that the pull request shows now."""
        ...


ForgeBenchOpener = Callable[[Path], AbstractAsyncContextManager[ForgeBench]]
"""Opens a bench that may use this folder, and leaves nothing behind."""
