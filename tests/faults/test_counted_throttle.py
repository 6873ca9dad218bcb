"""The throttle, counted where it matters: inside PostgreSQL, by what really runs there at once."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator

import asyncpg
import pytest

from domain.messages import Push
from domain.names import database_name
from tests.faults import lives, tiny
from tests.faults.sites import Site, other_site
from tests.faults.stories import Story, story_of, worker_of

pytestmark = [pytest.mark.server, pytest.mark.slow]

LIMIT = 2
PULLS = 8
BETWEEN_LOOKS = 0.01
SLOW = {"migrations/0002.sql": b"SELECT pg_sleep(1)"}

AT_WORK = """
SELECT application_name AS work FROM pg_stat_activity
WHERE starts_with(application_name, 'matinee:') AND query LIKE 'CREATE DATABASE%' AND state = 'active'
UNION SELECT datname FROM pg_stat_activity
WHERE starts_with(datname, 'pr_') AND usename = datname AND query LIKE '%pg_sleep%' AND state = 'active'
"""
"""Whatever branches or migrates at this moment, by the names that our sessions and previews' databases have."""


async def test_never_more_at_once_than_the_limit_and_everybody_in_the_end(site: Site) -> None:
    """Eight pull requests of three repositories, two places: the server never sees three, and all come up."""
    async with other_site(site, "crowd", tiny.FILES, throttle=LIMIT) as own:
        repositories = [own.repository, "local/crowdb", "local/crowdc"]
        for repository in repositories[1:]:
            await own.add(repository, {})
        first = await story_of(own, "crowd")
        stories = [
            Story(site=own, client=first.client, repository=repositories[number % 3], branch=f"pull{number}")
            for number in range(PULLS)
        ]

        async with worker_of(first), _looking(own, stories) as most:
            for story in stories:
                await story.push(SLOW)
            await asyncio.gather(*(story.tell(Push()) for story in stories))
            for story in stories:
                await lives.is_alone(story, await story.ready())
        assert len(most) == LIMIT, most

        async with worker_of(first):
            await asyncio.gather(*(lives.closed(story) for story in stories))
            for story in stories:
                await lives.is_gone(story)
        await first.replays()


@contextlib.asynccontextmanager
async def _looking(site: Site, stories: list[Story]) -> AsyncGenerator[set[str]]:
    """The largest set of previews of these that was seen at work at the same moment, a hundred times a second."""
    most: set[str] = set()
    looking = asyncio.create_task(_look(site, stories, most))
    try:
        yield most
    finally:
        looking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await looking


async def _look(site: Site, stories: list[Story], most: set[str]) -> None:
    connection = await asyncpg.connect(site.postgres("postgres"))
    try:
        while True:
            ours = {database_name(story.label) for story in stories if story.key.number}
            seen = {_database(str(row["work"])) for row in await connection.fetch(AT_WORK)} & ours
            if len(seen) > len(most):
                most.clear()
                most.update(seen)
            await asyncio.sleep(BETWEEN_LOOKS)
    finally:
        await connection.close()


def _database(work: str) -> str:
    """The name of the database that is worked on, of which a session of ours tells the label only."""
    label = work.removeprefix("matinee:")
    return work if label == work else database_name(label)
