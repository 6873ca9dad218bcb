"""Ports of the loopback interface: free ones, and ones that are remembered so that URLs survive a restart."""

import json
import socket
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import psutil

from domain.errors import PermanentError
from domain.phases import Reason

HOST = "127.0.0.1"
"""The only address that a part ever listens on."""

_TRIES = 200


def free_ports(count: int) -> list[int]:
    """That many different ports that nobody listens on, chosen by the kernel; for what need not be found again."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind((HOST, 0))
        return [each.getsockname()[1] for each in sockets]


def is_free(port: int) -> bool:
    """Whether a part could listen on this port now."""
    with socket.socket() as probe:
        # As the parts do it: the last run's closed connections are no hindrance.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def check_free(port: int, name: str) -> None:
    """Returns if nobody listens on the port; PermanentError says who does, and that the named part wants it."""
    if not is_free(port):
        raise _taken(name, port, "or choose another port.")


def listening(pid: int, ports: tuple[int, ...]) -> bool:
    """Whether this very process listens on all of these ports."""
    try:
        connections = psutil.Process(pid).net_connections(kind="tcp")
    except psutil.Error:
        return False
    found = {each.laddr.port for each in connections if each.status == psutil.CONN_LISTEN and each.laddr}
    return found.issuperset(ports)


def holder(port: int) -> str:
    """The program that listens on this port, in words, as far as the operating system tells us."""
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.AccessDenied:
        return "another program"
    pids = [
        each.pid for each in connections if each.status == psutil.CONN_LISTEN and each.laddr and each.laddr.port == port
    ]
    try:
        return f"{psutil.Process(pids[0]).name()} (process {pids[0]})"
    except (IndexError, TypeError, psutil.Error):
        # IndexError and TypeError: nobody is seen, or somebody whose process is not ours to see.
        return "another program"


def remembered_ports(
    file: Path, preferred: Mapping[str, int], *, fixed: Mapping[str, int] | None = None, may_move: bool = False
) -> dict[str, int]:
    """A port for each name in `preferred`: the one that the file remembers, else the first free one from there on.

    `fixed` are ports that somebody insists on. When a fixed or a remembered port is taken, PermanentError names
    its holder and the cure; with `may_move` a remembered one is replaced instead. A preferred port of 0 means
    any. What was chosen is remembered.
    """
    known = _read(file)
    chosen: dict[str, int] = {}
    for name, first in preferred.items():
        wanted = (fixed or {}).get(name)
        port = wanted or known.get(name)
        if port and not is_free(port) and (wanted or not may_move):
            raise _taken(name, port, "or choose another port." if wanted else _forgetting(file))
        if not port or not is_free(port):
            port = _first_free(first, set(chosen.values()) | set(known.values()))
        chosen[name] = port
    _write(file, known | chosen)
    return chosen


def _first_free(first: int, avoided: set[int]) -> int:
    """The first free port from `first` on; they lie below the range that the kernel gives to outgoing connections."""
    if first == 0:
        return free_ports(1)[0]
    for port in range(first, first + _TRIES):
        if port not in avoided and is_free(port):
            return port
    raise PermanentError(
        f"No port from {first} to {first + _TRIES - 1} is free on {HOST}. End some of the programs that hold them.",
        reason=Reason.SETTINGS,
    )


def _taken(name: str, port: int, otherwise: str) -> PermanentError:
    """The error for a port that another program holds; `otherwise` is what to do if that program must stay."""
    return PermanentError(
        f"Port {port} on {HOST}, which {name} wants, is held by {holder(port)}. End that program, {otherwise}",
        reason=Reason.SETTINGS,
    )


def _forgetting(file: Path) -> str:
    """What to do where a remembered port cannot be had."""
    return f"or delete {file} to have new ports chosen; URLs change then."


def _read(file: Path) -> dict[str, int]:
    """What the file remembers; nothing if it is absent or was cut short."""
    try:
        return {str(name): int(port) for name, port in json.loads(file.read_text()).items()}
    except (FileNotFoundError, ValueError, AttributeError):
        return {}


def _write(file: Path, ports: Mapping[str, int]) -> None:
    """The file remembers these ports, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".new")
    draft.write_text(json.dumps(ports, indent=2) + "\n")
    draft.replace(file)
