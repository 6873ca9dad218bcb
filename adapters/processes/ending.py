"""Ending processes: asked first, then made to, until none is left."""

import os
import signal
import time
from collections.abc import Callable

import psutil

from adapters.processes.confinements import Trace
from adapters.processes.finding import processes_of

GRACE = 5.0
"""Seconds that a process has to end by itself after it was asked to."""

_KILLING = 10.0
_PAUSE = 0.05


def end(trace: Trace, *, grace: float = GRACE) -> list[psutil.Process]:
    """None of its processes lives; what even SIGKILL did not end, because the kernel holds it, is returned."""
    return end_found(lambda: processes_of(trace, thorough=True), grace=grace)


def end_found(find: Callable[[], list[psutil.Process]], *, grace: float = GRACE) -> list[psutil.Process]:
    """The same for whatever `find` finds, which is asked again and again, as what is being ended may still fork."""
    found = find()
    _signal(found, signal.SIGTERM)
    found = _waited(find, time.monotonic() + grace) if found else found
    stop = time.monotonic() + _KILLING
    while found and time.monotonic() < stop:
        _signal(found, signal.SIGKILL)
        found = _waited(find, time.monotonic() + _PAUSE)
    return found


def _waited(find: Callable[[], list[psutil.Process]], stop: float) -> list[psutil.Process]:
    while (found := find()) and time.monotonic() < stop:
        time.sleep(_PAUSE)
    return found


def _signal(processes: list[psutil.Process], number: signal.Signals) -> None:
    ours = os.getpid()
    for process in processes:
        if process.pid == ours:
            continue
        try:
            process.send_signal(number)
        except psutil.Error:  # It ended in between, which is what we want.
            continue
