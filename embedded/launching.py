"""Becomes another program whose life ends with its parent's; run as a script, in a child, never imported.

    python -I -S launching.py PARENT SIGNAL UID GID PROGRAM [ARGUMENT…]

It exists because Python may not run code between fork and exec while other threads run, as Temporal's client
has them. On Linux the kernel sends SIGNAL to the program when PARENT dies, however it dies; elsewhere the file
that embedded/leftovers.py keeps has to do. The kernel means the thread that started the program, so parts are
started from a thread that lives as long as they shall: the main one.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
"""From linux/prctl.h."""


def _become(uid: int, gid: int) -> None:
    """The process belongs to that user and to no other group; -1 leaves it as it is."""
    if uid < 0:
        return
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def _die_with(parent: int, signal_number: int) -> None:
    """The kernel ends this process when the parent is gone; at once if it went before we could ask."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("the process that wanted this program has died")


def main(arguments: list[str]) -> None:
    """The program runs in place of this script, or a line on standard error says why it cannot."""
    parent, signal_number, uid, gid = (int(number) for number in arguments[:4])
    program = arguments[4:]
    # The kernel forgets the wish when a process changes its user, so the user comes first.
    _become(uid, gid)
    _die_with(parent, signal_number)
    for each in (signal.SIGINT, signal.SIGTERM):
        # A shell starts what runs in its background deaf to SIGINT, and deafness is inherited.
        signal.signal(each, signal.SIG_DFL)
    try:
        os.execv(program[0], program)  # noqa: S606 - no shell is wanted
    except OSError as error:
        sys.exit(f"cannot run {program[0]}: {error.strerror}")


if __name__ == "__main__":
    main(sys.argv[1:])
