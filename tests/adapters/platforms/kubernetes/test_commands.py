"""Commands on a cluster: their Jobs do not pile up, and none outlives its lease."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from adapters.platforms.kubernetes.commanding import RUNS
from domain.manifests.rules import Quota
from tests.adapters.platforms.kubernetes.asking import CONNECTION, LABEL, beat, running
from tests.contracts.benches_kubernetes import KubernetesBench
from tests.waiting import until

pytestmark = [pytest.mark.cluster, pytest.mark.server, pytest.mark.slow]


async def jobs(bench: KubernetesBench) -> list[str]:
    """The names of the Jobs of commands that are there."""
    found = await bench.cluster.kubectl.get("jobs", f"--namespace={bench.namespace}", f"--selector={RUNS}")
    return [one["metadata"]["name"] for one in found["items"]]


async def test_more_pushes_than_the_quota_has_jobs_can_migrate(bench: KubernetesBench) -> None:
    """I push as often as I like; the last migrations stay to be looked at, and a repetition finds its result."""
    platform = bench.installed("matinee", quota=Quota(objects=6))
    requests = [running(bench, bench.commands.fortune, token=f"push-{number}") for number in range(8)]

    results = [await platform.run(request, CONNECTION, beat) for request in requests]
    again = [await platform.run(request, CONNECTION, beat) for request in requests[-3:]]

    assert [result.exit_code for result in results] == [0] * 8
    assert again == results[-3:]
    assert len(await jobs(bench)) == 4


async def test_a_command_ends_at_its_deadline_though_its_controller_is_late(bench: KubernetesBench) -> None:
    """A migration is over when its lease is, also where the cluster counts its time from a later moment."""
    deadline = datetime.now(UTC) + timedelta(seconds=10)
    request = running(bench, bench.commands.endless, deadline=deadline)
    task = asyncio.create_task(bench.platform.run(request, CONNECTION, beat))

    async def begun() -> str | None:
        return next(iter(await jobs(bench)), None)

    name = await until(begun, "the Job is there")
    # Of one that is suspended the time is counted anew when it goes on, as of one that was not looked at yet.
    change = '{"spec": {"suspend": true}}'
    await bench.cluster.kubectl("patch", "job", name, f"--namespace={bench.namespace}", f"--patch={change}")
    began = time.monotonic()
    result = await asyncio.wait_for(task, timeout=30)

    assert result.exit_code == 124
    assert "it was ended at its deadline" in result.log
    assert time.monotonic() - began < 15
    assert await jobs(bench) == []
    assert not await bench.platform.busy(LABEL)
