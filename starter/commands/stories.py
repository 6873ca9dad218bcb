"""The story that the demo tells: a pull request of the example application, from its first push to its end."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncGenerator, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from temporalio.client import Client

from domain.errors import PermanentError, TemporaryError
from domain.messages import Status
from domain.names import Key
from domain.phases import Phase
from starter.commands.demonstrating import Clone
from starter.commands.displaying import followed
from starter.commands.looking import Look
from starter.following import PAUSE, exists, goes_down, of_commit, rolled_out, taken_down

REPOSITORY = "local/shop"
KEY = Key(REPOSITORY, 1)
BRANCH = "badges"
PAGE = "shop/templates/page.html"

STEP_LIMIT = 180.0
"""Seconds after which what should have come out within ten is no longer waited for."""


@dataclass(frozen=True, kw_only=True)
class Story:
    """What is committed: `migration` on top of the example's own, then the other headline on its page."""

    example: Path = Path(__file__).resolve().parents[2] / "examples" / "shop"
    migration: str = (
        "ALTER TABLE products ADD COLUMN badge text;\nUPDATE products SET badge = 'New' WHERE id % 7 = 0;\n"
    )
    headline: str = "Made slowly,<br>used daily."
    new_headline: str = "Now with badges."


class Telling:
    """Does what the story says, step by step, and shows what comes of it; an error of ours says what does not."""

    def __init__(self, client: Client, clone: Clone, look: Look, story: Story) -> None:
        self._client = client
        self._clone = clone
        self._look = look
        self._story = story

    async def open(self) -> Status:
        """A branch with a migration is pushed, and the preview shows the seed and the migration."""
        await self._clone.begin()
        _heading(f"A pull request: the branch `{BRANCH}` adds a column to the products by a migration")
        commit = await self._clone.commit(BRANCH, {"migrations/0003_badges.sql": self._story.migration})
        status = await self._pushed(commit)
        products = await self._look.data(status, "api", "/products")
        badges = sum(1 for product in products["products"] if product.get("badge"))
        _expect(products["total"] > 0 and badges > 0, "the preview does not show the seed and the migration")
        _fact(f"the seed is there: {products['total']} products")
        _fact(f"and so is the change: {badges} of the first {len(products['products'])} have a badge")
        return status

    async def update(self, known: Status) -> Status:
        """A second commit is pushed, and the preview shows it."""
        _heading("A second commit: a new headline")
        page = (self._story.example / PAGE).read_text().replace(self._story.headline, self._story.new_headline)
        commit = await self._clone.commit(BRANCH, {PAGE: page})
        status = await self._pushed(commit, known)
        shown = await self._look.page(status)
        _expect(self._story.new_headline in shown, "the page does not show the new headline")
        _fact(f"the page says “{self._story.new_headline}”")
        return status

    async def close(self, known: Status) -> None:
        """The branch is deleted, and everything of the preview is gone."""
        _heading("The branch is deleted, which closes the pull request")
        async with _meanwhile(self._clone.delete(BRANCH)) as deleting:
            status = await self._followed(taken_down, goes_down, known, deleting)
        _expect(status.phase is Phase.GONE and not status.ledger, f"not everything is gone: {status.detail}")

    async def _pushed(self, commit: str, known: Status | None = None) -> Status:
        async with _meanwhile(self._clone.push(BRANCH)) as pushing:
            # Nobody else pushes here, so that the time limit is the only reason not to wait.
            settled = rolled_out(commit, patience=sys.maxsize)
            status = await self._followed(settled, of_commit(commit), known, pushing)
        # What is wrong stands in the checklist above already.
        _expect(status.phase is Phase.READY, f"the preview is not ready, but {status.phase.value}")
        return status

    async def _followed(
        self,
        settled: Callable[[Status], bool],
        begun: Callable[[Status], bool],
        known: Status | None,
        telling: "asyncio.Task[None]",
    ) -> Status:
        """The status at which it was settled; its checklist was shown on the way."""
        try:
            async with asyncio.timeout(STEP_LIMIT):
                await self._wait_for_the_workflow(telling)
                return await followed(self._client, KEY, settled, known=known, begun=begun, indent="  ")
        except TimeoutError as error:
            raise TemporaryError(f"the demo failed: a step took longer than {STEP_LIMIT:.0f} s") from error

    async def _wait_for_the_workflow(self, pushing: "asyncio.Task[None]") -> None:
        while not await exists(self._client, KEY):
            if pushing.done():
                pushing.result()
            # The push is under way, and its hook has not told the workflow yet.
            await asyncio.sleep(PAUSE)


@contextlib.asynccontextmanager
async def _meanwhile(work: Coroutine[Any, Any, None]) -> AsyncGenerator["asyncio.Task[None]"]:
    """The work goes on during the block and is waited for after it; an error in the block ends it."""
    task = asyncio.create_task(work)
    try:
        yield task
        await task
    finally:
        task.cancel()
        await asyncio.wait([task])


def _expect(condition: bool, otherwise: str) -> None:
    if not condition:
        raise PermanentError(f"the demo failed: {otherwise}")


def _heading(text: str) -> None:
    click.secho(f"\n{text}", bold=True)


def _fact(text: str) -> None:
    click.secho(f"  → {text}", fg="cyan")
