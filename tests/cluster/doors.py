"""Doors: connections to a port on one side of a network's wall go on at a port on the other side.

    python -I -S doors.py PROCESS DOOR…       with a door like in:127.0.0.1:6443=127.0.0.1:6443

`in:` listens here and goes on in the network of that process, `out:` the other way round. It is a process of its
own, because a test that waits in its event loop for a command could not open the door for that command.
"""

import asyncio
import ctypes
import os
import socket
import sys
from concurrent.futures import ThreadPoolExecutor

_NEW_NETWORK = 0x40000000
"""CLONE_NEWNET, from linux/sched.h."""

_CHUNK = 65536


def enter(process: int) -> None:
    """This thread's sockets are from now on in the network of that process."""
    descriptor = os.open(f"/proc/{process}/ns/net", os.O_RDONLY)
    try:
        if ctypes.CDLL(None, use_errno=True).setns(descriptor, _NEW_NETWORK) != 0:
            raise OSError(ctypes.get_errno(), "this network cannot be entered")
    finally:
        os.close(descriptor)


async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """What one side says is said on the other, until it falls silent or either breaks."""
    try:
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
        writer.write_eof()
    except OSError:
        # Whoever broke it, the listener has to learn of it, or would wait for ever.
        writer.transport.abort()


class Doors:
    """Opens doors; a socket made by `inner` is in the network of the process, whoever uses it later."""

    def __init__(self, process: int) -> None:
        self._inner = ThreadPoolExecutor(1, initializer=enter, initargs=(process,))

    async def made(self, *, inside: bool) -> socket.socket:
        """A socket of the wanted side."""
        loop = asyncio.get_running_loop()
        made = await loop.run_in_executor(self._inner, socket.socket) if inside else socket.socket()
        made.setblocking(False)
        return made

    async def open(self, door: str) -> None:
        """Who comes to the one end is led to the other."""
        side, _, ends = door.partition(":")
        here, there = (_address(end) for end in ends.split("="))
        ear = await self.made(inside=side == "out")
        ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        ear.bind(here)

        async def lead(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._lead(reader, writer, there, inside=side == "in")

        await asyncio.start_server(lead, sock=ear, backlog=512)

    async def _lead(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, there: tuple[str, int], *, inside: bool
    ) -> None:
        """The visitor talks with the other side until both have ended."""
        onward = await self.made(inside=inside)
        try:
            await asyncio.get_running_loop().sock_connect(onward, there)
            answers, questions = await asyncio.open_connection(sock=onward)
        except OSError:
            # Nobody is there: the visitor is refused as late as a door can refuse.
            onward.close()
            writer.transport.abort()
            return
        try:
            await asyncio.gather(carry(reader, questions), carry(answers, writer))
        finally:
            questions.close()
            writer.close()


def _address(end: str) -> tuple[str, int]:
    """Host and port of one end."""
    host, _, port = end.rpartition(":")
    return host, int(port)


async def main(process: int, doors: list[str]) -> None:
    """All doors are open until this is killed."""
    opening = Doors(process)
    for door in doors:
        await opening.open(door)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2:]))
