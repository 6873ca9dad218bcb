"""The bench of the fake platform."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from domain.manifests.flags import flagd
from domain.ports import Platform
from domain.resources import Image
from tests.contracts.platform_bench import (
    LOCAL_HOST,
    LOCAL_NAMED,
    SECRET,
    Commands,
    PlatformBench,
    PlatformBenchOpener,
)
from tests.fakes.platforms import FakePlatform, Machine, Program

_COMMANDS = Commands(
    answering=("answer",),
    unwell=("be-unwell",),
    failing=("fail",),
    fortune=("fortune",),
    endless=("wait",),
    telling=("tell",),
)
_URL = f"postgresql://pr_shop_12:{SECRET}@127.0.0.1/pr_shop_12"


class FakePlatformBench:
    """The fake platform."""

    host = LOCAL_HOST
    named = LOCAL_NAMED
    commands = _COMMANDS

    def __init__(self) -> None:
        machine = Machine()
        self.fake = FakePlatform(machine=machine, rounds=1)
        self.fake.programs = {
            _COMMANDS.answering: Program(lines=("listening", _URL)),
            _COMMANDS.unwell: Program(healthy=False),
            _COMMANDS.fortune: Program(lines=("number {run}",)),
            _COMMANDS.failing: Program(lines=("cannot find the moon",), exit_code=3),
            _COMMANDS.endless: Program(lines=("waiting",), exit_code=None),
            _COMMANDS.telling: Program(lines=(_URL,)),
        }
        self.platform: Platform = self.fake
        self.other: Platform = FakePlatform(installation="other", machine=machine)

    def image(self, service: str) -> Image:
        """Any."""
        return Image(service=service, reference="file:///trees/shop", digest="1")

    async def answer(self, host: str, path: str = "/") -> str | None:
        """The greeting of the live release, or its flags."""
        service = self.fake.answer(host)
        if service and path == "/flags":
            return flagd(self.fake.flags("shop-12"))
        return service.environment["GREETING"] if service else None


@asynccontextmanager
async def open_fake() -> AsyncGenerator[PlatformBench]:
    """A fake platform."""
    yield FakePlatformBench()


PLATFORM_BENCHES: dict[str, PlatformBenchOpener] = {"fake": open_fake}
"""What tests/contracts/test_platforms.py runs over."""
