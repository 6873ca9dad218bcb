"""The receiver as a process of its own: what it loads, and that it serves and ends."""

import asyncio
import signal
import socket
import sys
from asyncio.subprocess import PIPE, create_subprocess_exec

import httpx
import pytest

LOADED = """
import sys
import starter.application, starter.dispatching, starter.listing, starter.serving
heavy = {"kubernetes", "asyncpg", "githubkit", "httpx", "dns", "psutil", "adapters", "settings"}
activities = {name for name in sys.modules if name.startswith("activities.")} - {"activities.attributes"}
print(sorted(heavy & {name.partition(".")[0] for name in sys.modules} | activities))
"""

SERVED = """
import asyncio, sys
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starter.serving import serve

async def slow(_request):
    print("asked", flush=True)
    await asyncio.sleep(0.5)
    return PlainTextResponse("answered")

asyncio.run(serve(Starlette(routes=[Route("/", slow)]), "127.0.0.1", int(sys.argv[1])))
"""


async def test_the_receiver_loads_none_of_what_previews_need() -> None:
    """A receiver stays small and starts fast: no Kubernetes, database or forge client is in it."""
    process = await create_subprocess_exec(sys.executable, "-c", LOADED, stdout=PIPE)
    output, _ = await process.communicate()

    assert output.decode().strip() == "[]"


@pytest.mark.server
async def test_a_request_that_has_begun_is_answered_before_the_end() -> None:
    """A deployment of a new Matinee loses no webhook: SIGTERM waits for what was begun."""
    port = free_port()
    process = await create_subprocess_exec(sys.executable, "-c", SERVED, str(port), stdout=PIPE)
    assert process.stdout is not None
    try:
        answer = asyncio.create_task(answered(port))
        assert await asyncio.wait_for(process.stdout.readline(), 20) == b"asked\n"
        process.send_signal(signal.SIGTERM)

        assert await asyncio.wait_for(answer, 20) == "answered"
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), 20)


async def answered(port: int) -> str:
    """What the server says, asked again until it listens."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
        async with asyncio.timeout(20):
            while True:
                try:
                    return (await client.get("/")).text
                except httpx.ConnectError:
                    await asyncio.sleep(0.02)


def free_port() -> int:
    """A port of loopback on which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
