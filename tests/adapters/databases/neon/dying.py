"""Ways to Neon on which, after the n-th request was carried out, the worker dies or the answer is lost."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import httpx
import pytest

from adapters.databases.neon.database import NeonDatabase
from domain.errors import TemporaryError
from tests.adapters.databases.neon.hands import adapter, transport
from tests.adapters.databases.neon.patience import patiently
from tests.fakes.neon import FakeNeon

ENOUGH = 60
"""More requests than any verb makes with all of its attempts."""


class Death(Exception):  # noqa: N818 - it imitates a death, which nothing of ours catches
    """The worker is dead."""


@dataclass
class Unlucky(httpx.AsyncBaseTransport):
    """Passes requests on; after so many were carried out, the one who asked never hears of it."""

    inner: httpx.AsyncBaseTransport
    left: int
    trouble: Callable[[httpx.Request], Exception]
    struck: bool = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer of the transport beneath, if it gets through."""
        response = await self.inner.handle_async_request(request)
        self.left -= 1
        if self.left == 0:
            self.struck = True
            raise self.trouble(request)
        return response


def death(request: httpx.Request) -> Exception:
    """The worker dies before it hears the answer."""
    del request
    return Death()


def silence(request: httpx.Request) -> Exception:
    """The worker waits for an answer for too long."""
    return httpx.ReadTimeout("too long", request=request)


Work = Callable[[NeonDatabase], Awaitable[object]]
TROUBLES = [death, silence]


@dataclass
class Scene:
    """A project of its own, and the worker that goes on after one was struck at its work."""

    neon: FakeNeon
    trouble: Callable[[httpx.Request], Exception]
    left: int
    survivor: NeonDatabase = field(init=False)
    survived: bool = False

    def __post_init__(self) -> None:
        self.survivor = adapter(self.neon)

    async def prepared(self, work: Work) -> None:
        """The work is done, and nothing happens to who does it."""
        await patiently(lambda: work(self.survivor))

    async def struck(self, work: Work) -> None:
        """The work has gone as far as this worker lived to see, or to its end."""
        way = Unlucky(transport(self.neon), self.left, self.trouble)
        worker = adapter(self.neon, way=way)
        try:
            await patiently(lambda: work(worker))
        except (Death, TemporaryError):
            assert way.struck
        self.survived = not way.struck


async def scenes(trouble: Callable[[httpx.Request], Exception]) -> AsyncIterator[Scene]:
    """One scene in which the first request strikes, one for the second, … and one in which none does."""
    for left in range(1, ENOUGH):
        scene = Scene(FakeNeon(), trouble, left)
        yield scene
        if scene.survived:
            assert left > 2, "it was hardly struck at all"
            return
    pytest.fail(f"no worker came through {ENOUGH} requests")
