"""Playing a preview's life with a worker that is killed in it, and another one that takes over."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from domain.messages import Push
from tests.faults import lives, tiny
from tests.faults.killing import Kill, Moment, death, doomed_worker
from tests.faults.looking import rows
from tests.faults.sites import Site, other_site
from tests.faults.stories import Story, story_of, worker_of

ROLLOUT = frozenset(
    {
        *("begin", "look", "plan", "resolve_image", "request_lease", "branch", "release_lease", "run_command"),
        *("deploy", "settle", "probe", "report"),
    }
)
UPDATE = ROLLOUT - {"begin", "branch"}
TEARDOWN = frozenset({"look", "report", "remove_deployments", "drop", "remove_images"})
SEED = frozenset(
    {
        *("resolve_image", "request_lease", "release_lease", "open_seed", "run_command", "seal_seed"),
        *("remove_deployments", "remove_images", "drop_seeds"),
    }
)
SWEEP = frozenset({"survey", "ask_forges", "unanswering", "act_on"})
LIGHT = frozenset({"refresh_secrets"})
THROTTLE = frozenset({"find_holders", "holders_gone"})
"""The activities that each scene runs."""


@dataclass(frozen=True)
class Case:
    """Where the worker is killed: in every scene in which this type of workflow runs this activity."""

    workflow: str
    activity: str
    moment: Moment

    def __str__(self) -> str:
        return f"{self.moment}-{self.activity}-of-{self.workflow.removesuffix('Workflow').lower()}"

    def kill(self, scene: frozenset[str]) -> Kill | None:
        """The kill, if the scene runs the activity."""
        return Kill(self.workflow, self.activity, self.moment) if self.activity in scene else None


async def whole_life(site: Site, case: Case) -> None:
    """Rollout, update and teardown, the worker killed in each that runs the activity, end as ever."""
    story = await story_of(site, f"life-{case.moment}-{case.activity.replace('_', '-')}")
    await _up(story, case.kill(ROLLOUT), lives.opened, lives.AT_FIRST)
    await lives.visited(story)
    await _up(story, case.kill(UPDATE), lives.moved, lives.AT_LAST)
    await lives.kept(story)
    await _down(story, case.kill(TEARDOWN))


async def first_seed(site: Site, case: Case) -> None:
    """The first rollout of a repository, the worker killed while its seed is built, ends as ever, with one seed."""
    # A seed's label has room for the first twenty letters of a repository's name.
    name = f"s{case.moment[:1]}{case.activity.replace('_', '')}"[:20]
    await site.add(f"local/{name}", {})
    story = await story_of(site, name, repository=f"local/{name}")
    await _up(story, Kill(case.workflow, case.activity, case.moment), lives.opened, lives.AT_FIRST)
    await one_seed_is_sealed(story, name)
    await _down(story, None)


async def flagged(site: Site, case: Case) -> None:
    """A flag that is set as the worker is killed is read by what runs, which is not started anew."""
    async with other_site(site, f"flag{case.moment}", tiny.FLAGGED) as own:
        story = await story_of(own, "flagged")
        async with worker_of(story):
            await lives.begun(story)
            await story.ready()
        await begin_killed(story, Kill(case.workflow, case.activity, case.moment), lives.set_flag)
        async with worker_of(story):
            await lives.is_flagged(story)
            await lives.is_alone(story, await story.ready())
        await _down(story, None)


async def sweep(site: Site, case: Case) -> None:
    """A sweep, its worker killed, still ends what was closed and forgotten, and starts what nobody was told of."""
    name = f"sweep{case.moment}{case.activity}".replace("_", "")
    async with other_site(site, name, tiny.FILES) as tidy:
        forgotten = await story_of(tidy, "forgotten")
        untold = Story(site=tidy, client=forgotten.client, repository=tidy.repository, branch="untold")
        async with worker_of(forgotten):
            await forgotten.push(tiny.CHANGE)
            await forgotten.tell(Push())
            await forgotten.ready()
        await forgotten.handle.terminate()
        await forgotten.delete()
        await untold.push(tiny.CHANGE)
        await begin_killed(forgotten, Kill(case.workflow, case.activity, case.moment), lives.begin_sweep)
        async with worker_of(forgotten):
            await lives.sweep_ended(forgotten)
            await lives.is_gone(forgotten)
            await lives.is_alone(untold, await untold.ready())
        await _down(untold, None)


async def healed(site: Site, case: Case) -> None:
    """A light sweep, its worker killed, still ends, and starts what nobody was told of."""
    async with other_site(site, f"heal{case.moment}", tiny.FILES) as tidy:
        untold = await story_of(tidy, "untold")
        await untold.push(tiny.CHANGE)
        await begin_killed(untold, Kill(case.workflow, case.activity, case.moment), lives.begin_light_sweep)
        async with worker_of(untold):
            assert (await lives.sweep_ended(untold)).stale == ()
            await lives.is_alone(untold, await untold.ready())
        await _down(untold, None)


async def throttled(site: Site, case: Case) -> None:
    """Two previews that may migrate only one after the other both come up, though the throttle's worker was killed."""
    name = f"slow{case.moment}{case.activity}".replace("_", "")
    async with other_site(site, name, tiny.FILES, throttle=1) as narrow:
        first = await story_of(narrow, "first")
        second = Story(site=narrow, client=first.client, repository=narrow.repository, branch="second")

        async def begin(_: Story) -> None:
            for story in (first, second):
                await story.push(tiny.SLOW)
                await story.tell(Push())

        await begin_killed(first, Kill(case.workflow, case.activity, case.moment), begin)
        async with worker_of(first):
            for story in (first, second):
                await lives.is_alone(story, await story.ready())
            await lives.no_lease_is_held(first)
        for story in (first, second):
            await _down(story, None)


async def one_seed_is_sealed(story: Story, name: str) -> None:
    """One seed is there, closed, and nothing that building it made is; AssertionError names what is."""
    query = "SELECT datname, datistemplate, datallowconn FROM pg_database WHERE starts_with(datname, $1)"
    found = [tuple(row) for row in await rows(story.site, "postgres", query, f"seed_{name}_")]
    assert [row[1:] for row in found] == [(True, False)], found
    data = story.site.data
    left = [path for folder in ("previews", "images") for path in (data / folder).glob(f"seed-{name}-*")]
    assert not left
    await _has_ended(story)


async def _has_ended(story: Story) -> None:
    runs = [run async for run in story.client.list_workflows("WorkflowType = 'SeedWorkflow'")]
    assert len(runs) == 1
    async with worker_of(story):
        await story.client.get_workflow_handle(runs[0].id).result()


async def _up(
    story: Story, kill: Kill | None, begin: Callable[[Story], Awaitable[None]], migrations: tuple[str, ...]
) -> None:
    await begin_killed(story, kill, begin)
    async with worker_of(story):
        status = await story.ready()
        await lives.is_up(story, status, migrations)
        await lives.no_lease_is_held(story)


async def _down(story: Story, kill: Kill | None) -> None:
    async with worker_of(story):
        before = await story.status()
    await begin_killed(story, kill, lives.closed)
    async with worker_of(story):
        await lives.is_gone(story, before)
        await lives.no_lease_is_held(story)
    await story.replays()


async def begin_killed(story: Story, kill: Kill | None, begin: Callable[[Story], Awaitable[None]]) -> None:
    """The scene has begun, and its first worker was killed if it should be."""
    if kill is None:
        await begin(story)
        return
    async with doomed_worker(story.site, story.client.namespace, kill) as process:
        await begin(story)
        try:
            await death(process, kill)
        except AssertionError as error:
            raise AssertionError(f"{error}; what happened: {await story.history()}") from None
