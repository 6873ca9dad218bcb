"""Runs one program without network, in a folder that it cannot look out of, and within limits that the kernel holds.

    python -I -S enclosing.py '{"user": 61000, …}' PROGRAM ARGUMENT…

This is a program of its own, as Python may do none of this in a forked copy of a process with threads. It uses the
standard library alone. What can be had differs between machines: root has a network namespace and a root folder of
its own; others have them where user namespaces are allowed; a filter of system calls, by which no socket is made,
and Landlock, by which no other file is opened, can be had without privileges. Where one of the two, network and
files, cannot be shut off in either way, nothing is run.

namespaces(7), landlock(7), seccomp(2), https://www.kernel.org/doc/html/latest/userspace-api/seccomp_filter.html
"""

import contextlib
import ctypes
import errno
import json
import os
import platform
import resource
import signal
import struct
import sys
from collections.abc import Callable, Mapping
from typing import Any

REFUSED = 125
"""The exit code that says that the program was not run, because it would have had a network."""

_MIB = 1 << 20
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2
_KILL, _DENY, _ALLOW = 0x80000000, 0x00050000 | errno.EACCES, 0x7FFF0000
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_FOREIGN_TABLE = 0x40000000  # Calls of the x32 table have other numbers for the same.
_ELF_INTERPRETER = 3

# Landlock's calls have one number on every architecture; its rights are those of its first version.
_MAKE_RULES, _ADD_RULE, _OBEY_RULES, _BENEATH = 444, 445, 446, 1
_READ_FILE, _READ_FOLDER, _ANYTHING = 0b101, 0b1101, (1 << 13) - 1
_LIBRARIES = ("/usr", "/lib", "/lib64", "/bin")

# By architecture: its name for the kernel, and the calls socket, connect, io_uring_setup and ptrace.
_CALLS = {"x86_64": (0xC000003E, (41, 42, 425, 101)), "aarch64": (0xC00000B7, (198, 203, 425, 117))}


def _refuse(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return REFUSED


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _make_root(folder: str) -> bool:
    """Whether the folder is now all that there is."""
    try:
        os.chroot(folder)
    except OSError:
        return False
    os.chdir("/")
    return True


def _fence(program: int, folder: int) -> bool:
    """Whether from here on only the folder, the program, and what it is linked with can be opened (landlock(7))."""
    libc = _libc()
    rules = libc.syscall(_MAKE_RULES, struct.pack("Q", _ANYTHING), 8, 0)
    if rules < 0:
        return False
    allowed = [(folder, _ANYTHING), (program, _READ_FILE)]
    if not _is_static(program):
        libraries = [path for path in (*_LIBRARIES, sys.base_prefix) if os.path.isdir(path)]  # noqa: PTH112 - as above
        allowed += [(os.open(path, os.O_PATH | os.O_CLOEXEC), _READ_FOLDER) for path in libraries]
    for place, rights in allowed:
        if libc.syscall(_ADD_RULE, rules, _BENEATH, struct.pack("=Qi", rights, place), 0) != 0:
            return False
    return libc.syscall(_OBEY_RULES, rules, 0) == 0


def _write_to(file: str, most: int) -> None:
    output = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(output, 1)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    # Python ignores this signal, and what it ignores stays ignored in the program.
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)


def _leave_network() -> bool:
    """Whether this process is now in a network of its own, in which there is nothing."""
    user, group = os.geteuid(), os.getegid()
    libc = _libc()
    if libc.unshare(_NEW_NETWORK) == 0:
        return True
    if libc.unshare(_NEW_USER | _NEW_NETWORK) != 0:
        return False
    # A user that has no number in the namespace could make no file.
    for name, line in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        with contextlib.suppress(OSError), open(f"/proc/self/{name}", "w", encoding="ascii") as file:  # noqa: PTH123 - pathlib takes 20 ms to import
            file.write(line)
    return True


def _limit(plan: Mapping[str, Any]) -> None:
    for limit, most in (
        (resource.RLIMIT_DATA, plan["memory_mib"] * _MIB),
        (resource.RLIMIT_CPU, plan["seconds"]),
        (resource.RLIMIT_NOFILE, 256),
        (resource.RLIMIT_CORE, 0),
        # Threads count too, and a user of its own has no others.
        *(((resource.RLIMIT_NPROC, plan["processes"]),) if plan["user"] is not None else ()),
    ):
        resource.setrlimit(limit, (most, most))


def _become(user: int | None) -> None:
    if user is not None:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)


def _forbid_sockets() -> bool:
    """Whether no socket can be made from here on, by this process and all that it becomes."""
    known = _CALLS.get(platform.machine())
    if known is None:
        return False
    code = _filter(*known)
    instructions = ctypes.create_string_buffer(code, len(code))
    # struct sock_fprog: how many instructions, padding, and where they are.
    program = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(instructions))
    return _libc().prctl(_SET_SECCOMP, _FILTER, ctypes.c_char_p(program), 0, 0) == 0


def _filter(architecture: int, denied: tuple[int, ...]) -> bytes:
    """The filter: calls of another architecture end the process, those that are denied answer EACCES."""
    checks = [(_AT_LEAST, _FOREIGN_TABLE), *((_EQUAL, number) for number in denied)]
    left = len(checks)
    steps = [
        (_LOAD, 0, 0, 4),
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, 0),
        *((kind, left - index, 0, number) for index, (kind, number) in enumerate(checks)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _DENY),
    ]
    return b"".join(struct.pack("HBBI", *step) for step in steps)


def _is_static(program: int) -> bool:
    """Whether the program needs no file of ours to start: it names no interpreter (elf(5))."""
    header = os.pread(program, 64, 0)
    if header[:5] != b"\x7fELF\x02":
        return False
    offset, size, count = struct.unpack_from("<32xQ14xHH", header)
    kinds = (struct.unpack("<I", os.pread(program, 4, offset + index * size))[0] for index in range(count))
    return _ELF_INTERPRETER not in kinds


def main(
    arguments: list[str],
    *,
    leave_network: Callable[[], bool] = _leave_network,
    forbid_sockets: Callable[[], bool] = _forbid_sockets,
    make_root: Callable[[str], bool] = _make_root,
    fence: Callable[[int, int], bool] = _fence,
) -> int:
    """Does not return but with REFUSED and a sentence: the program has taken this process's place."""
    if sys.platform != "linux":
        return _refuse(f"{sys.platform} has neither network namespaces nor filters of system calls")
    plan: Mapping[str, Any] = json.loads(arguments[0])
    command = arguments[1:]
    program = os.open(command[0], os.O_RDONLY | os.O_CLOEXEC)
    folder = os.open(plan["folder"], os.O_PATH | os.O_CLOEXEC)
    _write_to(plan["output"], plan["output_bytes"])
    isolated = leave_network()
    rooted = _is_static(program) and make_root(plan["folder"])
    _limit(plan)
    _become(plan["user"])
    # Both of what follows are for those alone who give up gaining privileges by what they run.
    _libc().prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    if not fence(program, folder) and not rooted:
        return _refuse("neither a root folder of its own nor Landlock can be had here")
    if not forbid_sockets() and not isolated:
        return _refuse("neither a network namespace nor a filter of system calls can be had here")
    os.execve(program, command, dict(os.environ))  # noqa: S606 - there is no shell on purpose
    return REFUSED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
