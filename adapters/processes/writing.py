"""Small files that are never seen half written, and never readable by others."""

import json
import os
from pathlib import Path
from typing import Any


def write_json(file: Path, content: Any, *, heading: str = "") -> None:
    """The file holds this content, whole, whatever ends us meanwhile; only its owner can read it."""
    write_text(file, heading + json.dumps(content, indent=1))


def write_text(file: Path, content: str, *, mode: int = 0o600, folder: Path | None = None) -> None:
    """The same for text. It is first written into `folder`, for those whose own folder is being watched."""
    draft = (folder or file.parent) / f".{file.name}.{os.getpid()}.draft"
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as stream:
        # Whatever the umask: some files are for services, which have users of their own.
        os.fchmod(stream.fileno(), mode)
        stream.write(content)
    draft.replace(file)


def read_json(file: Path) -> Any:
    """What the file holds, None if there is none."""
    try:
        return json.loads(file.read_text())
    except (FileNotFoundError, NotADirectoryError):
        return None
