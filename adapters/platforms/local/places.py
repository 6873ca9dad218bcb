"""Where a preview's files lie, and its mark.

previews/<label>.lock                   held by whoever changes the preview
previews/<label>/mark.json              whose it is: written first, deleted last
previews/<label>/live.json              the release that answers
previews/<label>/flags/                 flags.flagd.json, which the services read
previews/<label>/releases/<release>/    plan.json (root only, has secrets), state.json, <service>/, <service>.log
previews/<label>/runs/<token's hash>/   plan.json while it runs, result.json once it has ended
traefik/routes/<label>.yml              its hosts
"""

import fcntl
import hashlib
import os
import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from adapters.processes.folders import make_passable
from domain.errors import PermanentError
from domain.manifests.flags import FILE
from domain.phases import Reason

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True)
class Places:
    """The folders of an installation's data folder that this platform writes to."""

    data: Path

    @property
    def previews(self) -> Path:
        """One folder for each preview."""
        return self.data / "previews"

    @property
    def routes(self) -> Path:
        """One file for each preview; the proxy watches it."""
        return self.data / "traefik" / "routes"

    def preview(self, label: str) -> "PreviewPlaces":
        """The places of one preview."""
        name = checked(label)
        return PreviewPlaces(label=name, folder=self.previews / name, route=self.routes / f"{name}.yml")


@dataclass(frozen=True, kw_only=True)
class PreviewPlaces:
    """The places of one preview, whether they are there or not."""

    label: str
    folder: Path
    route: Path

    @property
    def mark(self) -> Path:
        """Whose preview it is."""
        return self.folder / "mark.json"

    @property
    def live(self) -> Path:
        """Which release answers."""
        return self.folder / "live.json"

    @property
    def flags(self) -> Path:
        """What the services read their flags from."""
        return self.folder / "flags" / FILE

    @property
    def lock(self) -> Path:
        """Held by whoever changes the preview."""
        return self.folder.with_name(f"{self.label}.lock")

    @property
    def releases(self) -> Path:
        """One folder for each release."""
        return self.folder / "releases"

    @property
    def runs(self) -> Path:
        """One folder for each command that was run."""
        return self.folder / "runs"

    def release(self, name: str) -> Path:
        """The folder of one release."""
        return self.releases / checked(name)

    def run(self, token: str) -> Path:
        """The folder of one run; a token may be longer than a file's name."""
        return self.runs / hashlib.sha256(token.encode()).hexdigest()[:16]

    @contextmanager
    def locked(self) -> Generator[None]:
        """Nobody else changes the preview meanwhile, in this process or in another."""
        make_passable(self.lock.parent)
        descriptor = self._lock()
        try:
            yield
        finally:
            if not self.folder.exists():
                self.lock.unlink(missing_ok=True)
            os.close(descriptor)

    def _lock(self) -> int:
        while True:
            descriptor = os.open(self.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            # Whoever removed the preview deleted the file that we waited for: then it locks nothing any more.
            if self.lock.exists() and os.fstat(descriptor).st_ino == self.lock.stat().st_ino:
                return descriptor
            os.close(descriptor)


def checked(name: str) -> str:
    """The name, if it can be that of a file; PermanentError if it could lead elsewhere."""
    if _NAME.fullmatch(name) is None:
        raise PermanentError(
            f"{name[:100]!r} is no name for a file; use letters, digits, `-`, `_` and `.`",
            reason=Reason.PLATFORM_REFUSED,
        )
    return name
