"""A real registry for tests: Debian's, on a free port of the loopback interface."""

import asyncio
import json
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from embedded.ports import free_ports
from tests.waiting import until

_PROGRAM = shutil.which("docker-registry")

needs_registry = pytest.mark.skipif(_PROGRAM is None, reason="no registry here: apt-get install docker-registry")


@asynccontextmanager
async def registry_in(folder: Path) -> AsyncGenerator[str]:
    """The address of a registry with nothing in it, which keeps what it gets in the folder and ends with the block."""
    host = f"127.0.0.1:{free_ports(1)[0]}"
    storage = {"filesystem": {"rootdirectory": str(folder / "storage")}}
    settings = {"version": 0.1, "storage": storage, "http": {"addr": host}, "log": {"level": "error"}}
    (folder / "registry.yml").write_text(json.dumps(settings))
    process = await asyncio.create_subprocess_exec(
        *(_PROGRAM or "", "serve", str(folder / "registry.yml")),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env={},
    )
    try:
        async with httpx.AsyncClient(base_url=f"http://{host}", trust_env=False) as client:
            await until(lambda: _answers(client), "the registry answers", seconds=20)
        yield host
    finally:
        process.terminate()
        await process.wait()


async def _answers(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/v2/")).is_success
    except httpx.TransportError:
        return False
