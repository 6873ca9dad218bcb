"""Watching what a command uses: the memory of all of its processes together, and how many there are."""

from collections.abc import Callable

import psutil

_MIB = 1 << 20


def excess(processes: list[psutil.Process], *, memory_mib: int, most: int) -> str | None:
    """What the command uses too much of, in words; None if it keeps within its limits."""
    if len(processes) > most:
        return f"it ran {len(processes)} processes, and may run {most}"
    used = _sum(processes, _resident)
    if used > memory_mib:
        # Pages shared between processes were counted once for each; the exact figure is slow to get.
        used = _sum(processes, _proportional)
    return f"it used {used} MiB of memory, and may use {memory_mib}" if used > memory_mib else None


def _sum(processes: list[psutil.Process], measure: Callable[[psutil.Process], int]) -> int:
    total = 0
    for process in processes:
        try:
            total += measure(process)
        except psutil.Error:
            continue
    return total // _MIB


def _resident(process: psutil.Process) -> int:
    return process.memory_info().rss


def _proportional(process: psutil.Process) -> int:
    full = process.memory_full_info()
    return getattr(full, "pss", full.rss)
