"""A preview that fails while it is watched fails the test that watches it."""

import asyncio

import pytest

from domain.messages import Status
from domain.names import Key
from domain.phases import Intent, Phase, Reason
from tests.whole.watching import none_failing

CALM, BUSY = Key("acme/shop", 1), Key("acme/shop", 2)


class Previews:
    """What previews say of themselves; nobody answers for one that has no phase."""

    def __init__(self) -> None:
        self.phases = {CALM: Phase.READY}
        self._looked = asyncio.Event()

    async def look(self, key: Key) -> Status | None:
        """The status of this preview."""
        if key not in self.phases:
            return None
        self._looked.set()
        return Status(
            key=key,
            phase=self.phases[key],
            phase_since=None,
            reason=Reason.NONE,
            detail="the migration said no",
            intent=Intent.UP,
        )

    async def seen(self) -> None:
        """Somebody has looked since this was asked."""
        self._looked.clear()
        await self._looked.wait()


async def test_a_failure_in_the_midst_is_told_at_the_end() -> None:
    """A preview that failed and recovered has failed: the message names it and says why."""
    previews = Previews()

    with pytest.raises(AssertionError, match=r"acme/shop#1 failed: .*the migration said no"):
        await watched(previews, Phase.FAILED)


async def test_previews_that_do_not_fail_are_left_alone() -> None:
    """One that nobody answers for yet and one that is ready are no failures."""
    previews = Previews()

    await watched(previews, Phase.DEPLOYING)


async def watched(previews: Previews, phase: Phase) -> None:
    """One of two previews is seen in this phase while both are watched, and then is ready again."""
    async with none_failing(previews.look, BUSY, CALM):
        previews.phases[CALM] = phase
        await previews.seen()
        previews.phases[CALM] = Phase.READY


async def test_an_error_of_the_block_is_told_as_it_is() -> None:
    """Watching hides nothing that went wrong beside it."""
    previews = Previews()

    with pytest.raises(TimeoutError, match="nothing is ready"):
        async with none_failing(previews.look, CALM):
            raise TimeoutError("nothing is ready")
