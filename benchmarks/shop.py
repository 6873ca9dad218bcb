"""The shop on real parts: a rollout of the example against the plain script, over the same adapters.

Everything is as `matinee up` starts it, in a folder of its own: git, a build, PostgreSQL, processes, the proxy, HTTP.
Each turn is a commit of its own with a migration of its own, so neither finds anything done by the other.
"""

import asyncio
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from adapters.forges.git import GitForge
from benchmarks._comparing import Rollout, rollout_of, tell_comparison
from benchmarks._measuring import measure
from benchmarks._script import Script
from composition import composed, git_forge
from domain.messages import Push
from domain.names import Key
from domain.phases import Phase
from settings import alone, load
from starter.commands.demonstrating import Clone
from starter.commands.gitting import git
from starter.commands.up import up
from starter.connecting import connect
from starter.dispatching import Dispatcher
from starter.receiving import Message
from tests.servers import open_folder

REPOSITORY = "local/shop"
EXAMPLE = Path(__file__).parents[1] / "examples" / "shop"
LOOK_AGAIN = 0.2
NO_SWEEP = {"MATINEE_SWEEP_EVERY": "30d", "MATINEE_HEAL_EVERY": "30d"}
"""A sweep would find the script's pull requests without a preview, and start one for each."""


async def benchmark(quick: bool) -> None:
    """The script and the rollout take turns."""
    alone()
    with open_folder() as folder:
        async with up(folder / "data", page_port=0, environment=NO_SWEEP):
            settings = load(folder / "data")
            forge, client = git_forge(settings), await connect(settings)
            clone = Clone(folder / "shop", EXAMPLE, await _without_hook(forge))
            await clone.begin()
            opened = partial(_opened, clone, folder / "shop", forge)
            dispatcher = Dispatcher(client, settings.temporal.task_queue)
            async with composed(settings) as ports:
                # The first one starts the throttle and builds the seed, which all others branch from.
                await _rolled_out(dispatcher, forge, await opened("first"))
                pairs = [
                    (
                        await Script(ports, await opened(f"script-{turn}")).bring_up(),
                        await _rolled_out(dispatcher, forge, await opened(f"rollout-{turn}")),
                    )
                    for turn in range(1 if quick else 5)
                ]
    tell_comparison(pairs)


async def _without_hook(forge: GitForge) -> Path:
    """A repository whose pushes start nothing, because who rolls out is what the turns are about."""
    folder = await forge.create(REPOSITORY)
    (folder / "hooks" / "post-receive").unlink()
    return folder


async def _opened(clone: Clone, folder: Path, forge: GitForge, branch: str) -> Key:
    await git(folder, "checkout", "--quiet", "main")
    await clone.commit(branch, {"migrations/0003_turn.sql": f"CREATE TABLE turn (name text DEFAULT '{branch}');\n"})
    await clone.push(branch)
    return next(pull.key for pull in await forge.open_pull_requests() if pull.head_branch == branch)


async def _rolled_out(dispatcher: Dispatcher, forge: GitForge, key: Key) -> Rollout:
    pushed_at = datetime.now(UTC)
    await dispatcher.dispatch(Message(key=key, signal=Push()))
    while not (report := forge.last_report(key)) or report.phase is not Phase.READY:
        assert not report or report.phase is not Phase.FAILED, report
        await asyncio.sleep(LOOK_AGAIN)
    return rollout_of(report, pushed_at)


if __name__ == "__main__":
    measure("shop: a rollout on real parts against a plain script", benchmark)
