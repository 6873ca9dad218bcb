"""An installation on this machine: the parts, the local forge, and a worker and a receiver that are kept running.

What other commands need to find it is in `up.json` in the data folder, for as long as it runs; it holds passwords
and is readable by its owner only.
"""

import asyncio
import json
import secrets
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from activities import attributes
from domain.errors import MatineeError
from embedded.everything import Parts, everything
from embedded.ports import free_ports
from embedded.processes import Program, running
from embedded.roles import MATINEE

UP_FILE = "up.json"
KEY_FILE = "keyring"
READY_FILE = "ready"
ROOT = Path(__file__).resolve().parents[1]
PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds before a worker or receiver that ended is started again, the first, the second, … time."""


@dataclass(frozen=True, kw_only=True)
class Installation:
    """Where everything of one installation answers."""

    parts: Parts
    page: str

    @property
    def webhook(self) -> str:
        """Where GitHub should send its events, through a tunnel of yours."""
        return f"{self.page}/webhooks/github"


@asynccontextmanager
async def installation(
    data: Path, *, receiver_port: int, environment: Mapping[str, str], tell: Callable[[str], None]
) -> AsyncGenerator[Installation]:
    """All of it answers inside the block, and nothing of it runs after it but previews, which the caller ends.

    `receiver_port` 0 means any free one. `environment` is what the worker and the receiver get; `tell` hears, in a
    sentence, of each restart of one.
    """
    async with everything(data, search_attributes=attributes.ALL) as parts:
        port = receiver_port or free_ports(1)[0]
        write_up_file(data, parts, port)
        worker, receiver = _program(data, "worker", environment), _program(data, "receiver", environment)
        try:
            async with _kept(worker, _worker_answers(data), tell), _kept(receiver, _receiver_answers(port), tell):
                yield Installation(parts=parts, page=f"http://127.0.0.1:{port}")
        finally:
            remove_up_file(data)


def remove_up_file(data: Path) -> None:
    """Other commands no longer look for the parts here."""
    (data / UP_FILE).unlink(missing_ok=True)


def write_up_file(data: Path, parts: Parts, receiver_port: int) -> None:
    """Other commands find the parts; the file belongs to its owner alone, because passwords stand in it."""
    _write_private(data / UP_FILE, json.dumps(_settings(parts, receiver_port, _key_ring(data)), indent=1))


def _settings(parts: Parts, receiver_port: int, key_ring: str) -> Mapping[str, object]:
    return {
        "url": f"http://{{label}}.localhost:{parts.traefik.port}",
        "key_ring": key_ring,
        "temporal": {"address": parts.temporal.address, "ui": parts.temporal.ui_url},
        "receiver": {"port": receiver_port},
        "forges": {"local": {"kind": "git"}},
        "images": {"git": {"kind": "git"}},
        "databases": {
            "main": {
                "kind": "postgres",
                "host": parts.postgres.host,
                "port": parts.postgres.port,
                "user": MATINEE,
                "password": parts.postgres.password,
            }
        },
        "platforms": {"local": {"kind": "local"}},
    }


def _key_ring(data: Path) -> str:
    """The key that database passwords are derived from, made at the first start."""
    file = data / KEY_FILE
    if not file.exists():
        _write_private(file, f"first:{secrets.token_hex(32)}")
    return file.read_text().strip()


def _write_private(file: Path, content: str) -> None:
    draft = file.with_suffix(".new")
    draft.touch(mode=0o600)
    draft.write_text(content)
    draft.replace(file)


def _program(data: Path, name: str, environment: Mapping[str, str]) -> Program:
    folder = data / name
    ready = ("--ready-file", str(folder / READY_FILE)) if name == "worker" else ()
    return Program(
        name=name,
        command=(sys.executable, "-m", "starter.commands", name, "--data", str(data), *ready),
        folder=folder,
        environment={**environment, "PYTHONPATH": str(ROOT)},
        grace=30.0,
        cure="The settings that its log names have to be mended.",
    )


def _worker_answers(data: Path) -> Callable[[], Awaitable[bool]]:
    async def ready() -> bool:
        return (data / "worker" / READY_FILE).exists()

    return ready


def _receiver_answers(port: int) -> Callable[[], Awaitable[bool]]:
    async def ready() -> bool:
        try:
            async with httpx.AsyncClient(trust_env=False) as client:
                return (await client.get(f"http://127.0.0.1:{port}/readyz")).is_success
        except httpx.TransportError:
            return False

    return ready


@asynccontextmanager
async def _kept(
    program: Program, ready: Callable[[], Awaitable[bool]], tell: Callable[[str], None]
) -> AsyncGenerator[None]:
    """The command runs inside the block and answers at its start; whenever it ends by itself it is started again."""
    first: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    keeping = asyncio.create_task(_keep(program, ready, tell, first))
    try:
        await asyncio.wait([first, keeping], return_when=asyncio.FIRST_COMPLETED)
        if keeping.done():
            keeping.result()
        yield
    finally:
        keeping.cancel()
        with suppress(asyncio.CancelledError, MatineeError):
            await keeping


async def _keep(
    program: Program,
    ready: Callable[[], Awaitable[bool]],
    tell: Callable[[str], None],
    first: asyncio.Future[None],
) -> None:
    ended = 0
    while True:
        try:
            async with running(program, ready, within=90.0) as process:
                if not first.done():
                    first.set_result(None)
                tell(await process.died())
        except MatineeError as error:
            if not first.done():
                raise
            tell(str(error))
        await asyncio.sleep(PAUSES[min(ended, len(PAUSES) - 1)])
        ended += 1
