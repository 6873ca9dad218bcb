"""Killing a worker around one of its activities, as a power cut or `kill -9` would."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor
from typing_extensions import override

from tests.faults.sites import Site, environment

READY = b"ready\n"
DIES_WITHIN = 90.0


class Moment(StrEnum):
    """On which side of the activity the worker dies: before it has done anything, or before it could say so."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True)
class Kill:
    """Which activity of which type of workflow the worker dies at, and on which side of it."""

    workflow: str
    activity: str
    moment: Moment


class Killing(Interceptor):
    """The worker's own process is killed at the first run of the activity."""

    def __init__(self, kill: Kill) -> None:
        self._kill = kill

    @override
    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """The activities, one of which kills."""
        return _Killing(super().intercept_activity(next), self._kill)


class _Killing(ActivityInboundInterceptor):
    def __init__(self, inner: ActivityInboundInterceptor, kill: Kill) -> None:
        super().__init__(inner)
        self._kill = kill

    @override
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        """What the activity answers, if anybody lives to hear it."""
        information = activity.info()
        if (information.workflow_type, information.activity_type) != (self._kill.workflow, self._kill.activity):
            return await self.next.execute_activity(input)
        if self._kill.moment is Moment.BEFORE:
            os.kill(os.getpid(), signal.SIGKILL)
        answer = await self.next.execute_activity(input)
        os.kill(os.getpid(), signal.SIGKILL)
        return answer


@asynccontextmanager
async def doomed_worker(site: Site, namespace: str, kill: Kill) -> AsyncGenerator[asyncio.subprocess.Process]:
    """A worker in a process of its own polls, and will be killed; it is gone after the block at the latest."""
    log = site.data / f"{namespace}-{kill.workflow}.log"
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.faults.killed_worker", namespace),
            *(kill.workflow, kill.activity, kill.moment),
            env=environment(site),
            stdout=asyncio.subprocess.PIPE,
            stderr=output,
        )
    assert process.stdout is not None
    try:
        assert await process.stdout.readline() == READY, log.read_text()
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def death(process: asyncio.subprocess.Process, kill: Kill) -> None:
    """The worker was killed where it should be; AssertionError if it never came there."""
    try:
        async with asyncio.timeout(DIES_WITHIN):
            code = await process.wait()
    except TimeoutError:
        raise AssertionError(f"{kill.workflow} did not run {kill.activity}, so nothing was killed") from None
    assert code == -signal.SIGKILL, f"the worker ended with {code} and was not killed"
