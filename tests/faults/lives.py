"""The life of the shop's preview in three scenes, each ended by a look at what is really there."""

import asyncio

from temporalio.client import WorkflowUpdateStage

from domain.messages import Close, Push, SetFlag, Status
from domain.names import database_name
from domain.phases import Phase
from domain.sweeping import SweepInput, SweepReport
from tests.faults import tiny
from tests.faults.looking import NOTHING, Traces, answer, live_release, rows, traces_of
from tests.faults.stories import PATIENCE, Story
from tests.waiting import until

SEED_PRODUCTS = 300

BADGES = {"migrations/0003_badges.sql": b"ALTER TABLE products ADD COLUMN badge text;\n"}
NOTES = {"migrations/0004_notes.sql": b"CREATE TABLE notes (words text);\n"}
AT_FIRST = ("0001_products", "0002_orders", "0003_badges")
AT_LAST = (*AT_FIRST, "0004_notes")
VISITED = "UPDATE products SET badge = 'kept' WHERE id = 1 RETURNING id"


async def is_up(story: Story, status: Status, migrations: tuple[str, ...]) -> None:
    """One revision runs, once, on one database with the seed and these migrations; AssertionError names what not."""
    found, name = await traces_of(story.site, story.label), database_name(story.label)
    release = live_release(story.site, story.label)
    assert found == Traces(
        databases=(name,),
        roles=(name,),
        releases=(release,),
        supervisors=(release,),
        services=("api", "web"),
        runs=(),
        routes=(f"{story.label}-api", f"{story.label}-web"),
        folders=found.folders,
    ), found
    applied = await rows(story.site, name, "SELECT name FROM schema_migrations ORDER BY name")
    assert tuple(row["name"] for row in applied) == migrations
    await _answers(story, status)
    await _reported(story, Phase.READY)


async def visited(story: Story) -> None:
    """Somebody has worked in the preview, and would miss the data."""
    assert await rows(story.site, database_name(story.label), VISITED)


async def kept(story: Story) -> None:
    """What somebody did in the preview is still there."""
    (row,) = await rows(story.site, database_name(story.label), "SELECT badge FROM products WHERE id = 1")
    assert row["badge"] == "kept"


async def is_gone(story: Story, before: Status | None = None) -> None:
    """Nothing of the preview is left anywhere, and its workflow has told so by name; AssertionError names what is."""
    await story.ended()
    found = await traces_of(story.site, story.label)
    assert found == NOTHING, found
    if before:
        assert set(map(str, before.ledger)) <= set(await story.handle.result())
    await _reported(story, Phase.GONE)


async def nothing_is_left(story: Story) -> None:
    """Nothing of the preview is left anywhere, whether a workflow had to see to it or nothing was there to see to."""

    async def look() -> bool:
        return await traces_of(story.site, story.label) == NOTHING

    await until(look, "nothing is left", seconds=PATIENCE, show=lambda: traces_of(story.site, story.label))
    query = f"ExecutionStatus = 'Running' AND WorkflowId = '{story.handle.id}'"

    async def ended() -> bool:
        return not [each async for each in story.client.list_workflows(query)]

    await until(ended, "nobody owns the preview", seconds=PATIENCE)


async def no_lease_is_held(story: Story) -> None:
    """The throttle gives every place to others."""
    throttle = story.client.get_workflow_handle("throttle:main")

    async def look() -> bool:
        queue = await throttle.query("queue")
        return not queue["held"] and not queue["waiting"]

    await until(look, "no lease is held", seconds=60, show=lambda: throttle.query("queue"))


async def begin_sweep(story: Story) -> None:
    """A sweep of everything has begun."""
    await _begin(story, SweepInput())


async def begin_light_sweep(story: Story) -> None:
    """The sweep that comes every few minutes and deletes nothing has begun."""
    await _begin(story, SweepInput(light=True))


async def _begin(story: Story, sweep: SweepInput) -> None:
    await story.client.start_workflow(
        "SweepWorkflow",
        sweep,
        id=f"sweep-{story.branch}",
        task_queue=story.site.settings.temporal.task_queue,
    )


async def sweep_ended(story: Story) -> SweepReport:
    """The report of the sweep that was begun."""
    handle = story.client.get_workflow_handle(f"sweep-{story.branch}", result_type=SweepReport)
    async with asyncio.timeout(PATIENCE):
        return await handle.result()


async def is_alone(story: Story, status: Status) -> None:
    """The smallest application's head answers, once, on one database; AssertionError names what is there instead."""
    found, name = await traces_of(story.site, story.label), database_name(story.label)
    release = live_release(story.site, story.label)
    assert found == Traces(
        databases=(name,),
        roles=(name,),
        releases=(release,),
        supervisors=(release,),
        services=("web",),
        runs=(),
        routes=(f"{story.label}-web",),
        folders=found.folders,
    ), found
    assert (await answer(story.site, status.urls[0].url, "/")).text == story.commit


async def begun(story: Story) -> None:
    """The pull request of the smallest application is there and its preview was told."""
    await story.push(tiny.CHANGE)
    await story.tell(Push())


async def set_flag(story: Story) -> None:
    """The preview was told that its banner is on."""
    wish = SetFlag(name="banner", value="on")
    await story.handle.start_update("flag", wish, wait_for_stage=WorkflowUpdateStage.ACCEPTED)  # pyright: ignore[reportUnknownMemberType] - a bare type argument of theirs


async def is_flagged(story: Story) -> None:
    """What the services read says that the banner is on."""
    file = story.site.data / "previews" / story.label / "flags" / "flags.flagd.json"

    async def look() -> bool:
        return '"defaultVariant": "on"' in file.read_text()

    await until(look, "the banner is on", seconds=PATIENCE, show=story.history)


async def opened(story: Story) -> None:
    """The pull request is there and its preview was told."""
    commit = await story.push(BADGES)
    await story.tell(Push(delivery=f"{story.branch}-1", commit=commit))


async def moved(story: Story) -> None:
    """The pull request has another commit and its preview was told."""
    commit = await story.push(NOTES)
    await story.tell(Push(delivery=f"{story.branch}-2", commit=commit))


async def closed(story: Story) -> None:
    """The pull request is closed and its preview was told."""
    await story.delete()
    await story.tell(Close(delivery=f"{story.branch}-3", by=""))


async def _answers(story: Story, status: Status) -> None:
    urls = {url.service: url.url for url in status.urls}
    page = await answer(story.site, urls["web"], "/")
    assert story.commit[:7] in page.text, page.text[:500]
    products = (await answer(story.site, urls["api"], "/products")).json()
    assert products["total"] == SEED_PRODUCTS


async def _reported(story: Story, phase: Phase) -> None:
    async def look() -> bool:
        report = story.site.forge.last_report(story.key)
        # A workflow that only took down what another one left never tried a commit.
        return report is not None and report.phase is phase and report.commit in ("", story.commit)

    await until(look, f"the forge shows {phase}", seconds=PATIENCE)
