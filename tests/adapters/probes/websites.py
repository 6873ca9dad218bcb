"""Websites: small real servers on loopback, of HTTP with or without TLS and of DNS, that answer as a test says."""

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

HOST = "127.0.0.1"


def answer(status: int = 200, *headers: str, body: bytes = b"ok") -> bytes:
    """A whole answer of HTTP."""
    lines = (f"HTTP/1.1 {status} Words", f"Content-Length: {len(body)}", *headers)
    return "\r\n".join((*lines, "", "")).encode() + body


@dataclass
class Website:
    """A server that gives these answers in turn, the last one for ever; None keeps silent, b"" hangs up.

    `asked` keeps the first line and the Host header of every request.
    """

    answers: deque[bytes | None]
    port: int = 0
    asked: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one answer."""
        try:
            # What TLS begins with: nobody who speaks it is understood here.
            if (first := await reader.readexactly(1)) == b"\x16":
                writer.write(answer(400))
                return
            head = (first + await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            host = next(line[6:] for line in head if line.lower().startswith("host: "))
            self.asked.append((head[0], host))
            given = self.answers.popleft() if len(self.answers) > 1 else self.answers[0]
            if given is None:
                await reader.read()
            else:
                writer.write(given)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def website(*answers: bytes | None, tls: ssl.SSLContext | None = None) -> AsyncGenerator[Website]:
    """A server that listens inside the block."""
    site = Website(deque(answers or (answer(),)))
    server = await asyncio.start_server(site.serve, HOST, 0, ssl=tls)
    site.port = server.sockets[0].getsockname()[1]
    try:
        yield site
    finally:
        server.close()


@dataclass
class NameServer(asyncio.DatagramProtocol):
    """A name server that knows these IPv4 addresses; a host without one exists and has none, others do not exist."""

    addresses: dict[str, str]
    silent: bool = False
    port: int = 0
    _transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        """It listens."""
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """One question, one answer."""
        if self._transport and not self.silent:
            self._transport.sendto(self._answer(dns.message.from_wire(data)).to_wire(), addr)

    def _answer(self, question: dns.message.Message) -> dns.message.Message:
        response = dns.message.make_response(question)
        response.flags |= dns.flags.RA
        name = question.question[0].name.to_text(omit_final_dot=True)
        if name not in self.addresses:
            response.set_rcode(dns.rcode.NXDOMAIN)
        elif self.addresses[name] and question.question[0].rdtype == 1:
            response.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", "A", self.addresses[name]))
        return response


@asynccontextmanager
async def name_server(addresses: dict[str, str], *, silent: bool = False) -> AsyncGenerator[NameServer]:
    """A name server that answers inside the block."""
    loop = asyncio.get_running_loop()
    protocol = NameServer(addresses, silent)
    transport, _ = await loop.create_datagram_endpoint(lambda: protocol, local_addr=(HOST, 0))
    protocol.port = transport.get_extra_info("sockname")[1]
    try:
        yield protocol
    finally:
        transport.close()
