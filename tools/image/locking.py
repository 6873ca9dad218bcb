"""Writes deploy/requirements.lock: the part of requirements.lock that a worker and a receiver need at run time.

    python -m tools.image.locking

Which packages those are is read from what is installed here, which is what requirements.lock says.
"""

from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_ROOT = Path(__file__).resolve().parents[2]
LOCK = _ROOT / "requirements.lock"
PAGE = _ROOT / "deploy" / "requirements.lock"

_HEADING = "# Written by `python -m tools.image.locking` from requirements.lock; change it there.\n"


def rendered() -> str:
    """The whole file: the blocks of the lock, versions and hashes alike, of the packages that are needed."""
    names = needed()
    return _HEADING + "".join(block for name, block in blocks(LOCK.read_text()) if name in names)


def needed(project: str = "matinee") -> set[str]:
    """The project's dependencies and theirs, without those of its extras, by their normal names."""
    found: set[tuple[str, str]] = set()
    pending = [(project, "")]
    while pending:
        name, extra = pending.pop()
        if (name, extra) in found:
            continue
        found.add((name, extra))
        for line in metadata.requires(name) or []:
            wanted = Requirement(line)
            if wanted.marker is None or wanted.marker.evaluate({"extra": extra}):
                pending += [(canonicalize_name(wanted.name), each) for each in ("", *wanted.extras)]
    return {name for name, _ in found} - {project}


def blocks(text: str) -> list[tuple[str, str]]:
    """Each package of a lock, by its normal name, with all its lines."""
    found: list[tuple[str, str]] = []
    for line in text.splitlines(keepends=True):
        if line[0].isspace():
            name, block = found.pop()
            found.append((name, block + line))
        elif not line.startswith("#"):
            found.append((canonicalize_name(Requirement(line.split("\\")[0]).name), line))
    return found


if __name__ == "__main__":
    PAGE.write_text(rendered())
