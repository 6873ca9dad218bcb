"""The first process of a process namespace: it starts one program, and takes away every child that ends.

    python -I -S first_process.py PROGRAM [ARGUMENT…]

It exists because a container's processes are orphaned to the first process, and would stay as zombies if nobody
waited for them. When the program ends so does this, and with it, by the kernel, all else in the namespace.
"""

import os
import sys


def main(command: list[str]) -> int:
    """The program's exit code, as soon as it has one."""
    started = os.posix_spawn(command[0], command, os.environ)
    while True:
        ended, status = os.wait()
        if ended == started:
            return os.waitstatus_to_exitcode(status) & 0xFF


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
