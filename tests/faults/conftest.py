"""The site that all faults are tried on, started once."""

from collections.abc import AsyncIterator

import pytest

from tests.faults import lives
from tests.faults.sites import Site, shop_site
from tests.faults.stories import story_of, worker_of


@pytest.fixture(scope="session")
async def site() -> AsyncIterator[Site]:
    """Real servers on which one preview of the shop has lived, so that its seed is sealed."""
    async with shop_site() as site:
        story = await story_of(site, "first")
        async with worker_of(story):
            await lives.opened(story)
            await story.ready()
            await lives.closed(story)
            await lives.is_gone(story)
        yield site
