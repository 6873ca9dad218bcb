"""An installation on this machine: the parts, the local forge, and a worker and a receiver that are kept running.

What other commands need to find it is in `up.json` in the data folder, for as long as it runs; it holds passwords
and is readable by its owner only.
"""

import asyncio
import json
import os
import secrets
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from activities import attributes
from embedded.everything import PORTS, PORTS_FILE, Parts, everything
from embedded.keeping import Kept
from embedded.ports import HOST, remembered_ports
from embedded.processes import Program
from embedded.roles import MATINEE
from embedded.traefik import share_siblings

UP_FILE = "up.json"
KEY_FILE = "keyring"
READY_FILE = "ready"
ROOT = Path(__file__).resolve().parents[1]
PAGE_PORT = 8080
"""Where looking for a free port for the page begins at the first start."""


@dataclass(frozen=True, kw_only=True)
class Installation:
    """Where everything of one installation answers."""

    parts: Parts
    data: Path
    port: int

    @property
    def page(self) -> str:
        """The page of all previews."""
        return f"http://{HOST}:{self.port}"

    @property
    def webhook(self) -> str:
        """Where GitHub should send its events, through a tunnel of yours."""
        return f"{self.page}/webhooks/github"


@asynccontextmanager
async def installed(data: Path, *, page_port: int | None = None) -> AsyncGenerator[Installation]:
    """The parts answer inside the block, where other commands find them; worker and receiver are `served`'s.

    `page_port` is where the page shall be; None is the port that it had last, at first 8080 or the next that is free.
    With 0, the page and the parts take any free ports at first, so that several installations can start at once.
    """
    preferred = dict.fromkeys(PORTS, 0) if page_port == 0 else PORTS
    async with everything(data, search_attributes=attributes.ALL, preferred=preferred) as parts:
        port = _page_port(data, page_port)
        share_siblings(parts.traefik.routes, port)
        write_up_file(data, parts, port)
        try:
            yield Installation(parts=parts, data=data, port=port)
        finally:
            remove_up_file(data)


@asynccontextmanager
async def served(
    running: Installation, *, environment: Mapping[str, str], tell: Callable[[str], None]
) -> AsyncGenerator[None]:
    """A worker and a receiver answer inside the block and are gone after it, while previews go on.

    `environment` is what both get; `tell` hears, in a sentence, of each restart of one.
    """
    file = running.data / "worker" / READY_FILE
    worker = Kept(
        _program(running.data, "worker", environment),
        ready=_exists(file),
        tell=tell,
        # One that was killed has left it.
        prepare=lambda: file.unlink(missing_ok=True),
    )
    receiver = Kept(_program(running.data, "receiver", environment), ready=_receiver_answers(running.port), tell=tell)
    async with worker.running(), receiver.running():
        await asyncio.gather(worker.answers(), receiver.answers())
        yield


def _page_port(data: Path, wanted: int | None) -> int:
    first = PAGE_PORT if wanted is None else 0
    return remembered_ports(data / PORTS_FILE, {"page": first}, fixed={"page": wanted} if wanted else None)["page"]


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
    with draft.open("w") as opened:
        opened.write(content)
        opened.flush()
        # A key ring that a power failure left empty would take every database's password with it.
        os.fsync(opened.fileno())
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


def _exists(file: Path) -> Callable[[], Awaitable[bool]]:
    async def ready() -> bool:
        # A look that takes microseconds, at a folder of our own.
        return file.exists()  # noqa: ASYNC240 - for that reason

    return ready


def _receiver_answers(port: int) -> Callable[[], Awaitable[bool]]:
    async def ready() -> bool:
        try:
            async with httpx.AsyncClient(trust_env=False) as client:
                return (await client.get(f"http://{HOST}:{port}/readyz")).is_success
        except httpx.TransportError:
            return False

    return ready
