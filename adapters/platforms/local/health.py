"""Whether a release is well, asked on loopback, before any traffic goes to it."""

import re
import socket
import time
from http import HTTPStatus
from pathlib import Path

from adapters.platforms.local.plans import Plan, ProcessPlan, ServiceState, State
from adapters.processes import logs
from adapters.processes.masking import masked
from domain.errors import NotYet, PermanentError
from domain.phases import Reason

_CRASHES = 3
_PATIENCE = 2.0
_ALIVE_FOR = 1.0
_LINES = 12
_LONGEST_LINE = 1024
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})[ \r\n]")


def refuse_failed(plan: Plan, state: State, label: str) -> None:
    """Returns if nothing has failed for good; PermanentError(SERVICE_FAILED) with the last lines if it has."""
    if state.stage == "refused":
        raise PermanentError(f"{label} could not be started: {state.reason}", reason=Reason.SERVICE_FAILED)
    logs_of = {process.name: process.log for process in plan.processes}
    for service in state.services:
        if service.crashes >= _CRASHES or service.over_limit or service.stage == "refused":
            lines = masked(logs.tail(Path(logs_of[service.name]), _LINES), plan.secrets)
            times = "once" if service.crashes == 1 else f"{service.crashes} times"
            raise PermanentError(
                f"the service {service.name} of {label} failed {times}: {service.reason}. Its last lines:\n{lines}",
                reason=Reason.SERVICE_FAILED,
            )


def require_well(plan: Plan, state: State) -> None:
    """Returns if every service runs and answers; NotYet says which does not, and how."""
    if state.stage != "running":
        raise NotYet("the trees are being copied")
    states = {service.name: service for service in state.services}
    for process in plan.processes:
        _require(process, states[process.name])


def _require(plan: ProcessPlan, state: ServiceState) -> None:
    if state.stage != "running":
        raise NotYet(f"{plan.name} is started again: {state.reason}")
    if not plan.listens or state.port is None:
        if time.time() - state.since < _ALIVE_FOR:
            raise NotYet(f"{plan.name} has just been started")
        return
    status = _status(plan, state.port)
    if status is None:
        raise NotYet(f"{plan.name} does not answer on its port yet; it has to listen on 127.0.0.1 at $PORT")
    well = status == HTTPStatus.OK if plan.host else status < HTTPStatus.INTERNAL_SERVER_ERROR
    if not well:
        raise NotYet(f"{plan.name} answers {status} on {plan.health}")


def _status(plan: ProcessPlan, port: int) -> int | None:
    """The status of the answer, None without one that is HTTP and in time.

    All of it has one time, which http.client would begin anew with each byte. The preview is locked meanwhile, so a
    service that drips must not hold it.
    """
    host = plan.host or "localhost"
    question = f"GET {plan.health} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\nConnection: close\r\n\r\n"
    stop = time.monotonic() + _PATIENCE
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE) as connection:
            connection.sendall(question.encode())
            found = _STATUS.match(_first_line(connection, stop))
    except OSError:
        return None
    return int(found[1]) if found else None


def _first_line(connection: socket.socket, stop: float) -> bytes:
    line = b""
    while b"\n" not in line and len(line) < _LONGEST_LINE:
        connection.settimeout(max(0.001, stop - time.monotonic()))
        chunk = connection.recv(_LONGEST_LINE)
        if not chunk or time.monotonic() > stop:
            break
        line += chunk
    return line if b"\n" in line else b""
