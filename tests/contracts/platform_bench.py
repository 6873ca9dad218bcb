"""PlatformBench: what the contract tests of the port Platform need of a platform, whichever it is.

A file `tests/contracts/benches_<name>.py` that has `PLATFORM_BENCHES` adds its platforms to
tests/contracts/test_platforms.py; a bench that needs real processes says so by `PLATFORM_MARKS`, and one that is
opened on a server of all tests names its fixture in `PLATFORM_SERVERS`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from domain.ports import Platform
from domain.resources import Image

SECRET = "moonlight-sonata"
"""The password in every connection of these tests."""


@dataclass(frozen=True, kw_only=True)
class Commands:
    """Commands that this platform can run, each named by what it does.

    `answering` answers with the variable GREETING, at /flags with the file that flagd's provider would read, and
    writes "listening" and its DATABASE_URL; `unwell` answers 503; `failing` writes "cannot find the moon" and ends
    with exit code 3. `fortune` writes a line that is never the same twice and ends well; `endless` starts another
    process and waits for it for ever; `telling` writes its DATABASE_URL.
    """

    answering: tuple[str, ...]
    unwell: tuple[str, ...]
    failing: tuple[str, ...]
    fortune: tuple[str, ...]
    endless: tuple[str, ...]
    telling: tuple[str, ...]


async def eventually(question: Callable[[], Awaitable[bool]], *, within: float = 30.0) -> None:
    """Returns once the answer is yes; TimeoutError after so many seconds."""
    async with asyncio.timeout(within):
        while not await question():  # noqa: ASYNC110 - other processes set no event of ours
            await asyncio.sleep(0.05)


class PlatformBench(Protocol):
    """One platform without previews, and a second installation that shares its machine."""

    @property
    def platform(self) -> Platform:
        """The adapter under test; its instance is called `local`."""
        ...

    @property
    def other(self) -> Platform:
        """Another installation on the same machine."""
        ...

    @property
    def commands(self) -> Commands:
        """What can be run."""
        ...

    @property
    def host(self) -> str:
        """The host of the one public service of the preview `shop-12`."""
        ...

    @property
    def named(self) -> set[tuple[str, str]]:
        """Kind and name of everything that the preview `shop-12` with its one service `web` consists of."""
        ...

    def image(self, service: str) -> Image:
        """An image in which every command can be run."""
        ...

    async def answer(self, host: str, path: str = "/") -> str | None:
        """What a visitor of this host reads, None if nobody answers; at /flags the service's file of flags."""
        ...


LOCAL_HOST = "shop-12.localhost"
LOCAL_NAMED = {("folder", "shop-12"), ("process", "shop-12/web"), ("route", LOCAL_HOST)}
"""Host and parts of that preview on one machine."""

PlatformBenchOpener = Callable[[], AbstractAsyncContextManager[PlatformBench]]
