"""What a command is confined to: its folder, its variables, its user and its limits."""

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

MARK = "MATINEE_PROCESS"
"""The variable by which a process is found again: the folder that it belongs to, unique on one machine."""


def usual_path() -> str:
    """The PATH of a confined command: where our own interpreter is found, then the system's folders.

    Only the folder is resolved. A virtual environment's `python` is a link whose target knows nothing of it.
    """
    own = Path(os.path.realpath(Path(sys.executable).parent))
    return os.pathsep.join((str(own), "/usr/local/bin", "/usr/bin", "/bin"))


@dataclass(frozen=True, kw_only=True)
class Trace:
    """How the processes of a command are found again: by their mark and, if they have one, by their own user.

    Their first `session` is known only to whoever started the command.
    """

    mark: str
    user: int | None = None
    session: int | None = None


@dataclass(frozen=True, kw_only=True)
class Confinement:
    """A command and its bounds. `home` holds HOME and TMPDIR; `mark` is a path that no other command has.

    `environment` is all that the command gets besides PATH, HOME, LANG, TMPDIR and its mark; it may hold secrets,
    so it is never shown. `seconds` is how long the command may run, None for ever.
    """

    command: tuple[str, ...]
    folder: Path
    home: Path
    log: Path
    mark: str
    environment: dict[str, str] = field(default_factory=dict[str, str], repr=False)
    user: int | None = None
    memory_mib: int = 512
    processes: int = 64
    seconds: float | None = None
    path: str = field(default_factory=usual_path)

    @property
    def trace(self) -> Trace:
        """How its processes are found again."""
        return Trace(mark=self.mark, user=self.user)

    @property
    def variables(self) -> dict[str, str]:
        """The whole environment. What makes the command ours cannot be given away by the definition."""
        usual = {"PATH": self.path, "LANG": "C.UTF-8"}
        own = {"HOME": str(self.home), "TMPDIR": str(self.home / "tmp"), MARK: self.mark}
        return usual | self.environment | own
