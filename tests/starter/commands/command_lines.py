"""The command line as a user has it: a process of its own, with an environment of its own."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from temporalio.client import Client

ROOT = Path(__file__).resolve().parents[3]
USER = "ada"


@dataclass(frozen=True)
class Answer:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed for programs."""
        return json.loads(self.out)


@dataclass(frozen=True)
class CommandLine:
    """A shell in which `matinee` is typed; nothing of the test's own environment is in it but PATH."""

    data: Path
    variables: Mapping[str, str]

    async def __call__(self, *arguments: str) -> Answer:
        """What `matinee` with these arguments came to."""
        process = await self._started(*arguments)
        out, err = await process.communicate()
        return Answer(process.returncode or 0, out.decode(), err.decode())

    @asynccontextmanager
    async def running(self, *arguments: str) -> AsyncGenerator[None]:
        """`matinee` with these arguments runs inside the block, and is told to end after it."""
        process = await self._started(*arguments)
        try:
            yield
        finally:
            process.terminate()
            await process.communicate()

    async def _started(self, *arguments: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "starter.commands", *arguments),
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "LOGNAME": USER, "HOME": str(self.data), **self.variables},
            stdout=PIPE,
            stderr=PIPE,
        )


def command_line(client: Client, data: Path, **variables: str) -> CommandLine:
    """A shell for this Temporal server, with these settings besides: `RECEIVER__PORT="1"` and the like."""
    address = client.service_client.config.target_host
    named = {f"MATINEE_{name}": value for name, value in variables.items()}
    # A browser that does nothing, where there may be one that does.
    return CommandLine(data, {"TEMPORAL_ADDRESS": address, "MATINEE_DATA": str(data), "BROWSER": "true", **named})
