"""The lock of a data folder: one installation runs on it at a time, or two servers would write to one database."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from domain.errors import PermanentError
from domain.phases import Reason


@contextmanager
def held(data: Path) -> Generator[None]:
    """The folder exists and is ours inside the block; PermanentError names the process that has it already.

    The kernel releases the lock when we end, however that happens, so a lock that is left over cannot exist.
    """
    data.mkdir(parents=True, exist_ok=True)
    with (data / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            pid = file.read().strip() or "unknown"
            raise PermanentError(
                f"Matinee already runs on {data}, as process {pid}. Use that one, end it (`kill {pid}`), "
                "or choose another data folder.",
                reason=Reason.SETTINGS,
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
