"""Keeping: what a local forge knows beyond git, in files inside the bare repository that many processes share.

matinee/pulls.lock          held while the numbering is read, compared with the refs and written
matinee/pulls.json          the numbering
matinee/reports/<n>.json    the last report of a pull request, which the hook reads
matinee/reports/<n>.md      the same for people
"""

import asyncio
import fcntl
import os
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from adapters.forges.numbering import Numbering
from domain.errors import PermanentError, TemporaryError
from domain.phases import Reason
from domain.reports import Report

LOCK_SECONDS = 30.0
"""How long to wait for another process; longer than the longest git command that it may run under the lock."""

_TURN_SECONDS = 0.01


@asynccontextmanager
async def locked(repository: Path) -> AsyncGenerator[None]:
    """Nobody else reads or writes the numbering of this bare repository meanwhile; TemporaryError if one does."""
    folder = repository / "matinee"
    folder.mkdir(exist_ok=True)
    descriptor = os.open(folder / "pulls.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        await _hold(descriptor, repository)
        yield
    finally:
        os.close(descriptor)


def load_numbering(repository: Path) -> Numbering:
    """The numbering as it was last kept; an empty one where none was. PermanentError if it cannot be read."""
    path = repository / "matinee" / "pulls.json"
    try:
        return _numberings().validate_json(path.read_bytes())
    except FileNotFoundError:
        return Numbering()
    except ValidationError as error:
        raise PermanentError(
            f"{path} is damaged; put back a copy of it. Without one, every number in it could be given again.",
            reason=Reason.FORGE_REFUSED,
        ) from error


def keep_numbering(repository: Path, numbering: Numbering) -> None:
    """The numbering is on the disk, also after the power fails."""
    write(repository / "matinee" / "pulls.json", _numberings().dump_json(numbering, indent=1))


def load_report(repository: Path, number: int) -> Report | None:
    """The last report of this pull request, or None while there is none that can be read."""
    try:
        return _reports().validate_json((repository / "matinee" / "reports" / f"{number}.json").read_bytes())
    except (FileNotFoundError, ValidationError):
        # A report of another release is replaced by the next one, and decides nothing until then.
        return None


def keep_report(repository: Path, report: Report, comment: str) -> None:
    """The report is what its pull request shows, in place of the one before it."""
    path = repository / "matinee" / "reports" / f"{report.key.number}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    write(path.with_suffix(".md"), comment.encode(errors="backslashreplace"))
    # Last, as a hook that waits for a phase ends when it reads it here.
    write(path, _reports().dump_json(report, indent=1))


def write(path: Path, content: bytes) -> None:
    """The file has this content; whoever reads it meanwhile gets all of the old or all of the new."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


async def _hold(descriptor: int, repository: Path) -> None:
    try:
        async with asyncio.timeout(LOCK_SECONDS):
            while not _taken(descriptor):  # noqa: ASYNC110 - another process lets go, which no Event tells
                await asyncio.sleep(_TURN_SECONDS)
    except TimeoutError as error:
        raise TemporaryError(
            f"another process has held the pull requests of {repository.name} for {LOCK_SECONDS:.0f} s",
            reason=Reason.FORGE_UNAVAILABLE,
        ) from error


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@cache
def _numberings() -> TypeAdapter[Numbering]:
    return TypeAdapter(Numbering)


@cache
def _reports() -> TypeAdapter[Report]:
    return TypeAdapter(Report)
