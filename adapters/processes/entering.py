"""Whether other users can come to where a confined command has to read: the interpreter and its own folder."""

import stat
import sys
from pathlib import Path

from domain.errors import PermanentError
from domain.phases import Reason


def obstacle(*places: Path) -> Path | None:
    """The first folder on the way to any of these places that other users cannot enter."""
    ways = (folder for place in places for folder in (*reversed(place.absolute().parents), place.absolute()))
    return next((folder for folder in ways if folder.is_dir() and not folder.stat().st_mode & stat.S_IXOTH), None)


def interpreter_places() -> tuple[Path, ...]:
    """Where the interpreter lies and where its links lead."""
    here = Path(sys.executable)
    return (here.parent, here.resolve().parent, Path(sys.prefix), Path(sys.base_prefix))


def refuse_what_others_cannot_enter(*places: Path) -> None:
    """Returns if users of their own can run here; PermanentError with the cure if not."""
    closed = obstacle(*interpreter_places())
    if closed is not None:
        raise PermanentError(
            f"other users cannot enter {closed}, on the way to the interpreter {sys.executable}, and commands run "
            f"as users of their own; run Matinee with an interpreter outside of it, or: chmod o+x {closed}",
            reason=Reason.PLATFORM_REFUSED,
        )
    closed = obstacle(*places)
    if closed is not None:
        raise PermanentError(
            f"other users cannot enter {closed}, on the way to the data folder, and commands run as users of their "
            f"own; choose another data folder, or: chmod o+x {closed}",
            reason=Reason.PLATFORM_REFUSED,
        )
