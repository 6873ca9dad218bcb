"""Sets: a whole `matinee up` for tests, started by the command as a person starts it, and looked at from outside."""

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import psutil
from temporalio.client import Client

from domain.errors import TemporaryError
from domain.messages import Status
from domain.names import Key
from domain.phases import Phase
from starter.following import status_of
from tests.endtoend.processes import ROOT, Done, arguments, belonging, end_all, matinee, ran
from tests.servers import open_folder
from tests.waiting import until

__all__ = ["ROOT", "Up", "fresh", "running"]


@dataclass(frozen=True)
class Up:
    """A `matinee up` that runs: its data folder, what it was started with, its first process."""

    data: Path
    environment: Mapping[str, str]
    process: asyncio.subprocess.Process

    @property
    def printed(self) -> str:
        """All that it has printed so far."""
        return _printed(self.data).read_text()

    @property
    def facts(self) -> dict[str, Any]:
        """What it wrote down for other commands."""
        facts: dict[str, Any] = json.loads((self.data / "up.json").read_text())
        return facts

    @property
    def page(self) -> str:
        """The page's address."""
        return f"http://127.0.0.1:{self.facts['receiver']['port']}"

    async def matinee(self, *arguments: str) -> Done:
        """The end of a `matinee` command on this installation."""
        return await ran(*matinee(*arguments), environment={**self.environment, "MATINEE_DATA": str(self.data)})

    async def client(self) -> Client:
        """A client of its Temporal."""
        return await Client.connect(self.facts["temporal"]["address"])

    async def status(self, key: Key) -> Status:
        """What the preview says of itself."""
        return await status_of(await self.client(), key)

    async def reached(self, key: Key, phase: Phase, commit: str = "", seconds: float = 60) -> Status:
        """The preview's status, once it is in this phase, with this commit live if one is given."""

        async def look() -> Status | None:
            try:
                status = await self.status(key)
            except TemporaryError:
                return None
            return status if status.phase is phase and commit in {status.live_commit, ""} else None

        return await until(look, f"{key} is {phase.value}", seconds=seconds)

    async def get(self, url: str) -> httpx.Response:
        """What a browser on this machine gets for this URL, `*.localhost` included."""
        wanted = httpx.URL(url)
        async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
            return await client.get(wanted.copy_with(host="127.0.0.1"), headers={"Host": wanted.netloc.decode("ascii")})

    async def rows(self, database: str, statement: str) -> list[tuple[Any, ...]]:
        """What PostgreSQL answers its superuser in this database."""
        server = self.facts["databases"]["main"]
        connection = await asyncpg.connect(
            host=server["host"],
            port=server["port"],
            user="postgres",
            password=(self.data / "postgres" / "superuser.password").read_text(),
            database=database,
        )
        try:
            return [tuple(row) for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    def child(self, name: str) -> psutil.Process | None:
        """The process of the worker or the receiver, if it runs now."""
        found = (each for each in belonging(self.data) if name in arguments(each)[:4])
        return next(found, None)

    async def remains(self, label: str) -> dict[str, object]:
        """Whatever is left of a preview, looked up where it was: folders, routes, processes, database, role."""
        name = f"pr_{label.replace('-', '_')}"
        looked = {
            "folders": [place for place in ("previews", "images") if (self.data / place / label).exists()],
            "routes": list((self.data / "traefik" / "routes").glob(f"{label}.yml")),
            "processes": [each.pid for each in belonging(self.data / "previews" / label)],
            "databases": [row for row in await self.rows("postgres", "SELECT datname FROM pg_database") if name in row],
            "roles": [row for row in await self.rows("postgres", "SELECT rolname FROM pg_roles") if name in row],
        }
        return {what: left for what, left in looked.items() if left}

    async def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Its exit code, after it was told to end."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(how)
        async with asyncio.timeout(90):
            return await self.process.wait()


@contextlib.asynccontextmanager
async def running(data: Path, environment: Mapping[str, str] | None = None) -> AsyncGenerator[Up]:
    """A `matinee up` on this folder that answers inside the block; nothing belongs to the folder after it."""
    variables = {"PATH": os.environ["PATH"], "HOME": str(data.parent), **(environment or {})}
    with _printed(data).open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *matinee("up", "--data", str(data), "--port", "0"), env=variables, cwd="/", stdout=output, stderr=output
        )
    up = Up(data, variables, process)
    try:
        await until(lambda: _has_started(up), "up started", seconds=120, show=lambda: _said(up))
        yield up
    finally:
        if process.returncode is None:
            await up.end()
        end_all(data)


@contextlib.asynccontextmanager
async def fresh(environment: Mapping[str, str] | None = None) -> AsyncGenerator[Up]:
    """A `matinee up` in a new folder, which is gone after the block."""
    with open_folder() as folder:
        async with running(folder / "data", environment) as up:
            yield up


def _printed(data: Path) -> Path:
    return data.with_name("printed")


async def _has_started(up: Up) -> bool:
    assert up.process.returncode is None, up.printed
    return "Ctrl-C stops everything" in up.printed


async def _said(up: Up) -> str:
    return up.printed
