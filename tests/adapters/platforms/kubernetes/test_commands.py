"""Commands on a cluster: their Jobs do not pile up."""

import pytest

from adapters.platforms.kubernetes.commanding import RUNS
from domain.manifests.rules import Quota
from tests.adapters.platforms.kubernetes.asking import CONNECTION, beat, running
from tests.contracts.benches_kubernetes import KubernetesBench

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
