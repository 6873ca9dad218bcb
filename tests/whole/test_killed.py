"""Matinee's worker in the cluster is killed while it brings a preview up and while it takes one away."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from domain.names import Key, label_of
from domain.phases import Phase
from embedded.postgres import Postgres
from tests.cluster.commands import found, output
from tests.cluster.nodes import SOCKET
from tests.endtoend.hubs import OWNER
from tests.waiting import until
from tests.whole import building
from tests.whole.hosting import Hosted
from tests.whole.listing import changed, names_of, settled
from tests.whole.shops import late, shop
from tests.whole.visiting import Visitor

pytestmark = [pytest.mark.cluster, pytest.mark.server, pytest.mark.slow]

SLOW = b"ALTER TABLE products ADD COLUMN badge text; SELECT pg_sleep(15);\n"
"""A migration that has a middle, and that fails if it is applied twice."""


async def test_a_killed_worker_changes_nothing(house: Hosted, postgres18: Postgres, tmp_path: Path) -> None:
    """Killed while it migrates, deploys and removes, by the kernel and with its pod: ready all the same, then gone."""
    repository = house.clones.add(f"{OWNER}/killed", shop(house))
    await building.built(repository, repository.tip, tmp_path / "base", house.cluster.registry)
    own = house.installed.name
    objects, names = await settled(house.cluster, own=own), await names_of(postgres18)
    key = await house.github.open(repository, "late", late(house) | {"migrations/0003_badges.sql": SLOW})
    await building.built(repository, house.head(key), tmp_path / "late", house.cluster.registry)

    await house.reached(key, Phase.MIGRATING)
    await _kill_process(house)
    await house.reached(key, Phase.DEPLOYING)
    await _kill_pod(house)
    await house.ready(key)
    attempts = await _attempts(house, key)
    page = (await Visitor(house.cluster).get(house.url(key))).text
    jobs = (await house.cluster.kubectl.get("jobs", f"--namespace={_namespace(house, key)}"))["items"]

    await house.github.close(key)
    await until(lambda: _is_ending(house, key), "its namespace is being removed")
    await _kill_pod(house)
    going = [each for each in await house.runs(key) if each.close_time is None]
    await house.ended(key)
    await house.rolled_out("worker")

    # Both deaths were in its midst: the migration that had one run only was asked for twice.
    assert attempts["run_command"] > 1
    assert going
    assert house.head(key)[:7] in page
    assert len(jobs) == 1
    # Of Matinee itself its worker's pods are others, and its Deployment tells so.
    without = {("v1 Pod", own), ("apps/v1 Deployment", own)}
    assert await changed(house.cluster, objects, own=own, without=without) == []
    # The seed stays on purpose: every pull request of the repository shares it.
    assert {name for name in await names_of(postgres18) - names if "seed_" not in name} == set()


async def _attempts(house: Hosted, key: Key) -> Counter[str]:
    """How often each activity of the preview was tried at most, by its name."""
    handle = house.client.get_workflow_handle(f"preview:{key.repository}:{key.number}")
    asked: dict[int, str] = {}
    attempts = Counter[str]()
    for event in (await handle.fetch_history()).events:
        if event.HasField("activity_task_scheduled_event_attributes"):
            asked[event.event_id] = event.activity_task_scheduled_event_attributes.activity_type.name
        elif event.HasField("activity_task_started_event_attributes"):
            started = event.activity_task_started_event_attributes
            name = asked[started.scheduled_event_id]
            attempts[name] = max(attempts[name], started.attempt)
    return attempts


async def _kill_process(house: Hosted) -> None:
    """The worker got SIGKILL, and another process is in its place."""
    before = await _worker(house)
    (container,) = before["status"]["containerStatuses"]
    identity = container["containerID"].removeprefix("containerd://")
    kill = ("--namespace=k8s.io", "tasks", "kill", "--signal=SIGKILL", identity)
    await output(*house.cluster.inside(found("ctr"), f"--address={SOCKET}", *kill))

    async def started() -> bool:
        (now,) = (await _worker(house))["status"]["containerStatuses"]
        return now["restartCount"] > container["restartCount"]

    await until(started, "the worker is started again", seconds=60)


async def _kill_pod(house: Hosted) -> None:
    """The worker's pod is no more in the cluster, which waits for no node to say so."""
    name = (await _worker(house))["metadata"]["name"]
    place = f"--namespace={house.installed.name}"
    await house.cluster.kubectl("delete", "pod", name, place, "--grace-period=0", "--force")


async def _worker(house: Hosted) -> dict[str, Any]:
    """The worker's pod."""
    name = house.installed.name
    selector = f"--selector=app.kubernetes.io/instance={name},app.kubernetes.io/component=worker"
    pods = (await house.cluster.kubectl.get("pods", f"--namespace={name}", selector))["items"]
    (kept,) = [each for each in pods if "deletionTimestamp" not in each["metadata"]]
    return kept


def _namespace(house: Hosted, key: Key) -> str:
    return f"{house.installed.name}-p-{label_of(key, home=OWNER)}"


async def _is_ending(house: Hosted, key: Key) -> bool:
    found = await house.cluster.kubectl.get("namespace", _namespace(house, key))
    return "deletionTimestamp" in found["metadata"]
