"""Webhooks: what the receiver adds to the signal-with-start that it makes of every delivery.

The receiver is the real one, `matinee receiver`, in a process of its own, and the Temporal server is a real one in
memory. Both are asked at half the rate that bare signal-with-start reaches here: a delivery of 20 kB, signed, by
loopback HTTP; and the same request to Temporal without a receiver in between. Every call starts a new workflow,
which is the dearest case. No worker runs, as none is needed to answer.
"""

import asyncio
import itertools
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
from temporalio.client import Client

from benchmarks._loads import Call, highest_rate, latencies
from benchmarks._measuring import measure, percentile, say, spread, told
from benchmarks._servers import temporal_client
from domain.messages import Push
from domain.names import Key
from embedded.ports import free_ports
from embedded.processes import Program, running
from embedded.programs import beside_python
from starter.dispatching import Dispatcher
from starter.receiving import Message
from tests.servers import open_folder
from tests.starter.deliveries import SECRET, headers, pull_event

Pairs = list[tuple[list[float], list[float]]]
"""The latencies of the bare call and of the webhook, in seconds, for each round."""

IN_FLIGHT = 20
PAUSE = 1.0
MORE_AT_MOST = 10
"""Milliseconds that the webhook's 99th percentile may lie above that of the bare call."""


async def benchmark(quick: bool) -> None:
    """Each round finds the rate anew, since a machine that others use too is not equally fast in all of them."""
    rounds, seconds = (1, 1.0) if quick else (7, 8.0)
    async with temporal_client() as client, _receiver(client.service_client.config.target_host) as receiver:
        bare, delivered = _bare(client), _delivered(receiver.port)
        await latencies(delivered, rate=20, seconds=1)
        before = receiver.burnt()
        pairs = [await _round(bare, delivered, seconds) for _ in range(rounds)]
        burnt = 1000 * (receiver.burnt() - before) / sum(len(webhook) for _, webhook in pairs)
    say(f"processor time of the receiver: {burnt:.1f} ms for each delivery, the call to Temporal included")
    _told("p50", 0.5, pairs)
    told("webhook p99 above bare p99", _told("p99", 0.99, pairs), MORE_AT_MOST, unit=" ms")


def _told(name: str, share: float, pairs: Pairs) -> list[float]:
    """How many milliseconds the webhook's percentile lay above the bare call's in each round, after telling of both."""
    alone, webhook = ([1000 * percentile(pair[side], share) for pair in pairs] for side in (0, 1))
    more = [one - other for one, other in zip(webhook, alone, strict=True)]
    say(f"{name}: bare {spread(alone)} ms, webhook {spread(webhook)} ms, above {spread(more)} ms")
    return more


async def _round(bare: Call, delivered: Call, seconds: float) -> tuple[list[float], list[float]]:
    """The latencies of the bare call and of the webhook, at half the rate that the bare call reached just before."""
    rate = await highest_rate(bare, seconds=seconds / 2, in_flight=IN_FLIGHT) / 2
    say(f"bare signal-with-start reached {2 * rate:.0f} per second: both are asked {rate:.0f} times per second")
    # The server has answered, but still works off what it was asked.
    await asyncio.sleep(PAUSE)
    alone: list[float] = []
    webhook: list[float] = []
    # By turns of a second, so that what else the machine does in a round falls on both.
    for _ in range(round(seconds)):
        alone += await latencies(bare, rate=rate, seconds=1)
        webhook += await latencies(delivered, rate=rate, seconds=1)
    return alone, webhook


def _bare(client: Client) -> Call:
    """The very request that the receiver sends to Temporal."""
    numbers, dispatcher = itertools.count(1), Dispatcher(client, "benchmark")

    async def call() -> None:
        message = Push(delivery="72d3162e-cc78-11e3-81ab-4c9367dc0958", event="opened", commit="c" * 40)
        await dispatcher.dispatch(Message(key=Key("acme/bare", next(numbers)), signal=message))

    return call


def _delivered(port: int) -> Call:
    """A webhook as GitHub sends it: of a usual size, by a connection of its own.

    It is written by hand, because a client library would take more of the machine than the receiver does.
    """
    numbers = itertools.count(1)

    async def call() -> None:
        body = pull_event("opened", number=next(numbers), padding="x" * 20_000)
        lines = {**headers(body), "host": "127.0.0.1", "connection": "close", "content-length": str(len(body))}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"POST /webhooks/github HTTP/1.1\r\n{head}\r\n".encode() + body)
        answer = await reader.read()
        writer.close()
        assert answer.startswith(b"HTTP/1.1 202 "), answer

    return call


@dataclass(frozen=True)
class _Receiver:
    """Where a receiver listens, and its process."""

    port: int
    process: psutil.Process

    def burnt(self) -> float:
        """Seconds of processor time that it has taken so far."""
        times = self.process.cpu_times()
        return times.user + times.system


@asynccontextmanager
async def _receiver(temporal: str) -> AsyncGenerator[_Receiver]:
    """A receiver that runs inside the block, and can pass messages on."""
    with open_folder() as folder:
        port = free_ports(1)[0]
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:

            async def ready() -> bool:
                return (await client.get("/readyz")).is_success

            async with running(_program(folder, port, temporal), ready) as process:
                yield _Receiver(port, psutil.Process(process.pid))


def _program(folder: Path, port: int, temporal: str) -> Program:
    environment = {
        "TEMPORAL_ADDRESS": temporal,
        "MATINEE_FORGES__GITHUB__KIND": "github",
        "MATINEE_FORGES__GITHUB__TOKEN": "none",
        "MATINEE_FORGES__GITHUB__WEBHOOK_SECRET": SECRET,
    }
    return Program(
        name="Receiver",
        command=(beside_python("matinee"), "receiver", "--data", str(folder), "--port", str(port)),
        folder=folder,
        environment=environment,
        ports=(port,),
        cure="",
    )


if __name__ == "__main__":
    measure("webhooks: the receiver against bare signal-with-start", benchmark)
