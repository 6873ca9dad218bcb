"""Whether a service is well, asked of services that answer as badly as they can."""

import contextlib
import select
import socket
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

import pytest

from adapters.platforms.local.health import require_well
from adapters.platforms.local.plans import Plan, ProcessPlan, ServiceState, State
from domain.errors import NotYet

pytestmark = pytest.mark.server


@contextmanager
def answering(answer: Callable[[socket.socket], None]) -> Generator[int]:
    """The port of a service that takes one connection and answers it so."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_serve, args=(listener, answer))
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def _serve(listener: socket.socket, answer: Callable[[socket.socket], None]) -> None:
    connection, _ = listener.accept()
    with connection, contextlib.suppress(OSError):
        connection.recv(4096)
        answer(connection)


def hangs_up(visitor: socket.socket, seconds: float) -> bool:
    """Whether the visitor hangs up within so many seconds, in which it is sent nothing."""
    return bool(select.select([visitor], [], [], seconds)[0])


def look(port: int) -> None:
    """Returns if the public service on this port is well."""
    web = ProcessPlan(
        name="web",
        command=("web",),
        source="/",
        folder="/",
        log="/log",
        path="",
        memory_mib=1,
        processes=1,
        listens=True,
        host="shop-12.localhost",
    )
    state = State(stage="running", services=(ServiceState(name="web", stage="running", port=port),))
    require_well(Plan(processes=(web,)), state)


def test_a_service_that_answers_200_is_well() -> None:
    """A status line that arrives in pieces is one all the same."""

    def answer(connection: socket.socket) -> None:
        for piece in (b"HTTP/1", b".1 20", b"0 OK\r\n\r\n"):
            connection.sendall(piece)
            hangs_up(connection, 0.05)

    with answering(answer) as port:
        look(port)


def test_a_service_that_drips_holds_nobody_up() -> None:
    """A service that sends one byte at a time is not yet well, and its preview can be removed meanwhile."""

    def answer(connection: socket.socket) -> None:
        for _ in range(200):
            connection.sendall(b"H")
            if hangs_up(connection, 0.1):
                return

    began = time.monotonic()
    with answering(answer) as port, pytest.raises(NotYet, match="does not answer"):
        look(port)

    assert time.monotonic() - began < 5


@pytest.mark.parametrize("line", [b"hello\r\n", b"HTTP/1.1 OK\r\n", b"", b"x" * 4096])
def test_a_service_that_speaks_no_http_is_not_well(line: bytes) -> None:
    """What answers something else than HTTP is told as not answering."""
    with answering(lambda connection: connection.sendall(line)) as port, pytest.raises(NotYet, match="does not answer"):
        look(port)


def test_a_service_that_answers_an_error_is_told_with_its_status() -> None:
    """A redirect to a login is no 200, and says so."""
    with (
        answering(lambda connection: connection.sendall(b"HTTP/1.0 302 Found\r\n\r\n")) as port,
        pytest.raises(NotYet, match="answers 302"),
    ):
        look(port)
