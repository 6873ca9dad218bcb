"""Ending processes: asked first, then made to, until none is left."""

import contextlib
import os
import signal
import time
from collections.abc import Callable

import psutil

from adapters.processes.confinements import Trace
from adapters.processes.finding import lives, processes_of

GRACE = 5.0
"""Seconds that a process has to end by itself after it was asked to."""

_KILLING = 10.0
_PAUSE = 0.05


def end(trace: Trace, *, grace: float = GRACE) -> list[psutil.Process]:
    """None of its processes lives; what even SIGKILL did not end, because the kernel holds it, is returned."""
    return end_found(lambda: processes_of(trace, thorough=True), grace=grace)


def end_found(find: Callable[[], list[psutil.Process]], *, grace: float = GRACE) -> list[psutil.Process]:
    """The same for whatever `find` finds, which is asked again and again, as what is being ended may still fork."""
    hunt = _Hunt(find)
    if not hunt.left():
        return []
    hunt.signal(signal.SIGTERM)
    hunt.wait(grace)
    stop = time.monotonic() + _KILLING
    while hunt.left() and time.monotonic() < stop:
        hunt.signal(signal.SIGKILL)
        hunt.wait(_PAUSE)
    return hunt.left()


class _Hunt:
    """Remembers what was found once: without its parent, a process may not be found a second time."""

    def __init__(self, find: Callable[[], list[psutil.Process]]) -> None:
        self._find = find
        self._known: dict[int, psutil.Process] = {}

    def left(self) -> list[psutil.Process]:
        """What still lives."""
        known = {pid: process for pid, process in self._known.items() if lives(process)}
        self._known = known | {process.pid: process for process in self._find() if process.pid != os.getpid()}
        return list(self._known.values())

    def signal(self, number: signal.Signals) -> None:
        """All that was found gets this signal."""
        for process in self._known.values():
            with contextlib.suppress(psutil.Error):  # It ended in between, which is what we want.
                process.send_signal(number)

    def wait(self, seconds: float) -> None:
        """Nothing lives any more, or so many seconds have passed."""
        stop = time.monotonic() + seconds
        while self.left() and time.monotonic() < stop:
            # These are not our children, so the kernel tells us nothing of their end. It runs in a thread.
            time.sleep(_PAUSE)
