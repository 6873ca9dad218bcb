"""Processes: a part runs exactly as long as its block does, and is ended with all that it started.

Three nets lie below each other: the block's own end; the kernel, which ends the part when we are killed
(embedded/launching.py); and the next start, which ends what a killed run has left (embedded/leftovers.py).
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from domain.errors import PermanentError
from domain.phases import Reason
from embedded import leftovers, logs, ports
from embedded.accounts import Account

_LAUNCHER = Path(__file__).with_name("launching.py")
_POLL_SECONDS = 0.05
_TRIM_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True)
class Program:
    """What to run and how to end it: `stop` asks, `death` is what the kernel sends when we die.

    `folder` gets the log and the file that names the process. `ports` are what it listens on once it is ready.
    `cure` is a sentence for whoever reads that the part did not start. The environment is only what stands
    here; nothing is inherited, so no secret is.
    """

    name: str
    command: tuple[str, ...]
    folder: Path
    cure: str
    ports: tuple[int, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    account: Account | None = None
    stop: signal.Signals = signal.SIGTERM
    death: signal.Signals = signal.SIGKILL
    grace: float = 10.0

    @property
    def log(self) -> Path:
        """Where its standard output and error go."""
        return self.folder / f"{self.name.lower()}.log"

    @property
    def pid_file(self) -> Path:
        """What names its process for the next start."""
        return self.folder / f"{self.name.lower()}{leftovers.SUFFIX}"


class Running:
    """A part that runs. `pid` is its first process."""

    def __init__(self, program: Program, process: asyncio.subprocess.Process, log_start: int) -> None:
        self._program = program
        self._process = process
        self._log_start = log_start
        self.pid = process.pid

    def __repr__(self) -> str:
        return f"Running({self._program.name!r}, pid={self.pid})"

    async def died(self) -> str:
        """Returns when the part has ended, with a sentence that names it and its last lines."""
        code = await self._process.wait()
        return f"{self._program.name} ended by itself ({_ending(code)}). {self._last_lines()}"

    async def exit_code(self) -> int:
        """Returns when the program has ended, with its exit code; minus the signal if one ended it."""
        return await self._process.wait()

    async def until(self, ready: Callable[[], Awaitable[bool]], within: float) -> None:
        """Returns once the part answers; PermanentError if it ends before, or has not answered in so many seconds."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within
        # The part's own ears come first: another program on its port might answer in its place.
        while not (ports.listening(self.pid, self._program.ports) and await ready()):
            if self._process.returncode is not None:
                raise self.failure(f"ended before it was ready ({_ending(self._process.returncode)})")
            if loop.time() > deadline:
                raise self.failure(f"did not answer within {within:.0f} seconds")
            await asyncio.sleep(_POLL_SECONDS)

    def failure(self, what: str) -> PermanentError:
        """An error that says what happened to the part, the cure, and its last lines."""
        return PermanentError(
            f"{self._program.name} {what}. {self._program.cure} {self._last_lines()}",
            reason=Reason.PLATFORM_UNAVAILABLE,
        )

    async def end(self) -> None:
        """The part and all that it started are gone: asked to stop first, killed after the grace."""
        members = leftovers.family(self.pid)
        try:
            await self._stop()
        finally:
            # Also when a second Ctrl-C interrupts the grace.
            leftovers.kill([*members, *leftovers.family(self.pid)])
            leftovers.forget(self._program.pid_file)
        await self._process.wait()

    async def _stop(self) -> None:
        """The first process was asked to stop, and did or had its time."""
        with suppress(TimeoutError, ProcessLookupError):
            async with asyncio.timeout(self._program.grace):
                if self._process.returncode is None:
                    self._process.send_signal(self._program.stop)
                await self._process.wait()

    def _last_lines(self) -> str:
        """The last lines of this run, and where the rest is."""
        lines = logs.tail(self._program.log, self._log_start)
        return (
            f"Its last lines ({self._program.log}):\n{lines}" if lines else f"Its log ({self._program.log}) is empty."
        )


@asynccontextmanager
async def running(
    program: Program, ready: Callable[[], Awaitable[bool]], *, within: float = 60.0
) -> AsyncGenerator[Running]:
    """The program runs and answers inside the block, and is gone after it; a leftover of a killed run is ended."""
    async with _started(program) as part:
        trimming = asyncio.create_task(_keep_trimmed(program.log))
        try:
            await part.until(ready, within)
            yield part
        finally:
            trimming.cancel()


async def finish(program: Program) -> None:
    """The program has run to its end and said 0; PermanentError with its last lines otherwise."""
    async with _started(program) as part:
        code = await part.exit_code()
        if code != 0:
            raise part.failure(f"failed ({_ending(code)})")


@asynccontextmanager
async def _started(program: Program) -> AsyncGenerator[Running]:
    """The program's process exists inside the block, and nothing of it after."""
    program.folder.mkdir(parents=True, exist_ok=True)
    await asyncio.to_thread(leftovers.end_leftover, program.pid_file, program.stop, program.grace)
    for port in program.ports:
        ports.check_free(port, program.name)
    descriptor = logs.opened(program.log)
    try:
        logs.trim(program.log)
        log_start = program.log.stat().st_size
        process = await _spawn(program, descriptor)
    finally:
        os.close(descriptor)
    part = Running(program, process, log_start)
    try:
        leftovers.remember(program.pid_file, process.pid)
        yield part
    finally:
        await part.end()


async def _spawn(program: Program, output: int) -> asyncio.subprocess.Process:
    """The program's process, leader of a session of its own, so that a Ctrl-C in the terminal is ours to handle."""
    account = program.account
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-I", "-S", str(_LAUNCHER), str(os.getpid()), str(int(program.death))),
        *((str(account.uid), str(account.gid)) if account else ("-1", "-1")),
        *program.command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        cwd=program.folder,
        env={"PATH": os.defpath, "HOME": str(program.folder), "LANG": "C.UTF-8", **program.environment},
        start_new_session=True,
    )


async def _keep_trimmed(log: Path) -> None:
    """The log stays within its limit until this is cancelled."""
    while True:
        await asyncio.sleep(_TRIM_SECONDS)
        logs.trim(log)


def _ending(code: int) -> str:
    """How a process ended, in words."""
    return f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"
