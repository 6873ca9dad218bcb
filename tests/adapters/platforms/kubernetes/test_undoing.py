"""After a failed push the next one finds room for its migration, and what answers goes on answering."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest

from adapters.marks import Mark
from adapters.platforms.kubernetes.undoing import Undoing
from domain.errors import PermanentError
from tests.adapters.platforms.kubernetes.asking import (
    CONNECTION,
    KEY,
    LABEL,
    beat,
    deploying,
    running,
    service,
    settled,
)
from tests.adapters.platforms.kubernetes.mortal import Killed, Mortal
from tests.contracts.benches_kubernetes import KubernetesBench
from tests.waiting import until

pytestmark = [pytest.mark.cluster, pytest.mark.server, pytest.mark.slow]

FULL = 4
"""Pods of the usual size that fill the usual quota: two services, each with its old pod and its new one."""

MOST_LIVES = 40


@asynccontextmanager
async def clicking(bench: KubernetesBench) -> AsyncGenerator[list[str]]:
    """What somebody reads who reloads the page all the time; of an error its status or name."""
    seen: list[str] = []
    stop = asyncio.Event()

    async def click() -> None:
        async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
            while not stop.is_set():
                url, headers = f"http://127.0.0.1:{bench.cluster.http}/", {"Host": bench.host, "Connection": "close"}
                answer = await client.get(url, headers=headers)
                seen.append(answer.text if answer.is_success else f"{answer.status_code}")
                await asyncio.sleep(0.02)

    clicks = asyncio.create_task(click())
    try:
        yield seen
    finally:
        stop.set()
        await clicks


async def filled(bench: KubernetesBench, **rest: Any) -> str:
    """The quota is full: two services answer, and the pods of their update never will. What the first ones are."""
    both = deploying("r1", service(bench), service(bench, "api"))
    await settled(bench.kubernetes, await bench.platform.deploy(both, CONNECTION))
    good = await wanted(bench)
    unwell, crashing = (service(bench, name, command=command) for name, command in broken(bench))
    await bench.platform.deploy(deploying("r2", unwell, crashing, **rest), CONNECTION)
    await until(lambda: _is_full(bench), "the pods of the update are there")
    return good


async def _is_full(bench: KubernetesBench) -> bool:
    return len(await pods(bench)) == FULL


def broken(bench: KubernetesBench) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Services that do not come up: one runs and is never ready, one ends again and again."""
    return (("web", bench.commands.unwell), ("api", bench.commands.failing))


async def pods(bench: KubernetesBench) -> set[str]:
    """The names of the services' pods."""
    found = await bench.cluster.kubectl.get("pods", f"--namespace={bench.namespace}", "--selector=!job-name")
    return {one["metadata"]["name"] for one in found["items"]}


async def wanted(bench: KubernetesBench) -> str:
    """What the Deployments want."""
    found = await bench.cluster.kubectl.get("deployments", f"--namespace={bench.namespace}")
    return json.dumps({one["metadata"]["name"]: one["spec"] for one in found["items"]}, sort_keys=True)


async def versions(bench: KubernetesBench) -> dict[str, int]:
    """How often what each Deployment wants was changed."""
    found = await bench.cluster.kubectl.get("deployments", f"--namespace={bench.namespace}")
    return {one["metadata"]["name"]: one["metadata"]["generation"] for one in found["items"]}


async def test_the_push_after_a_failed_one_has_room_to_migrate(bench: KubernetesBench) -> None:
    """My page answers all the time, my migration runs, and then the push that mends it comes up."""
    good = await filled(bench)
    async with clicking(bench) as seen:
        result = await bench.platform.run(running(bench, bench.commands.fortune), CONNECTION, beat)
        left = await pods(bench)
        mended = deploying("r3", service(bench), service(bench, "api"))
        await settled(bench.kubernetes, await bench.platform.deploy(mended, CONNECTION))

    assert result.exit_code == 0
    assert len(left) == 2
    assert set(seen) == {"hello from r1", "hello from r3"}
    # Nothing of what was put back stays behind.
    assert await wanted(bench) == good.replace("r1", "r3")


async def test_the_push_after_two_that_never_came_up_has_room_to_migrate(bench: KubernetesBench) -> None:
    """Nobody was answered yet, so what crashes of both of them goes, and the third push comes up."""
    for release in ("r1", "r2"):
        both = (service(bench, name, command=command) for name, command in broken(bench))
        await bench.platform.deploy(deploying(release, *both), CONNECTION)
    await until(lambda: _is_full(bench), "the pods of both pushes are there")

    result = await bench.platform.run(running(bench, bench.commands.fortune), CONNECTION, beat)
    left = await pods(bench)
    mended = deploying("r3", service(bench), service(bench, "api"))
    await settled(bench.kubernetes, await bench.platform.deploy(mended, CONNECTION))

    assert result.exit_code == 0
    assert left == set()


async def test_a_worker_that_dies_while_it_undoes_is_followed_by_one_that_ends_it(bench: KubernetesBench) -> None:
    """Wherever the worker dies, the page answers on, its pods are the same, and the migration runs."""
    await filled(bench)
    lives, result = 0, None
    async with clicking(bench) as seen:
        while result is None:
            mortal = bench.installed("matinee", api=Mortal(bench.api, lives))
            try:
                result = await mortal.run(running(bench, bench.commands.fortune), CONNECTION, beat)
            except Killed:
                lives += 1
                assert lives < MOST_LIVES, "it dies of something else than its requests"

    assert result.exit_code == 0
    assert set(seen) == {"hello from r1"}
    assert set((await versions(bench)).values()) == {3}


async def test_a_command_changes_nothing_of_what_is_ready_or_comes_up_for_the_first_time(
    bench: KubernetesBench,
) -> None:
    """A migration beside services that work, or that never have, leaves them as they are."""
    await settled(bench.kubernetes, await bench.platform.deploy(deploying("r1", service(bench)), CONNECTION))
    _, (_, command) = broken(bench)
    await bench.platform.deploy(deploying("r1", service(bench), service(bench, "api", command=command)), CONNECTION)
    before = await versions(bench)

    result = await bench.platform.run(running(bench, bench.commands.fortune), CONNECTION, beat)

    assert result.exit_code == 0
    assert await versions(bench) == before


async def test_a_worker_that_was_frozen_undoes_no_newer_update(bench: KubernetesBench) -> None:
    """What I pushed last is never taken back by a command of an earlier push."""
    await filled(bench, generation=5)
    before = await versions(bench)
    rules = replace(bench.rules(), key=KEY, label=LABEL, namespace=bench.namespace)
    late = Undoing(api=bench.api, rules=rules, mark=Mark(installation="matinee", key=KEY, generation=4))

    with pytest.raises(PermanentError, match="later request"):
        await late.undo(beat)

    assert await versions(bench) == before
