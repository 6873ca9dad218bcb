"""Hooks of a chart run in their order, each once, whatever happens to the worker, and a failing one says why."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from domain.errors import NotYet, PermanentError
from domain.phases import Reason
from tests.adapters.platforms.kubernetes.asking import CONNECTION, settled
from tests.adapters.platforms.kubernetes.rendered import Workshop, chart, deployed, job
from tests.adapters.rendering.workshop import needs_programs
from tests.contracts.benches_kubernetes import KubernetesBench
from tests.contracts.platform_bench import SECRET

pytestmark = needs_programs

_ENDLESS = "import signal; signal.pause()"
_WELL = "print('well')"


@pytest.fixture
def workshop(bench: KubernetesBench, open_folder: Path) -> Workshop:
    """A repository without a commit, and the platform for it."""
    return Workshop(bench, open_folder)


async def _objects(workshop: Workshop, kind: str) -> dict[str, Any]:
    """What the preview has of this kind, by name."""
    found = await workshop.bench.cluster.kubectl.get(kind, f"--namespace={workshop.bench.namespace}")
    return {one["metadata"]["name"]: one for one in found["items"]}


def _ended(one: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(one["status"]["completionTime"])


def _made(one: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(one["metadata"]["creationTimestamp"])


async def test_hooks_run_before_and_after_everything_else(workshop: Workshop) -> None:
    """My chart prepares, starts and then warms up: by weight, and on an update only what is for updates."""
    files = chart(
        workshop.bench,
        "hello",
        second=job("second", "pre-install", _WELL, annotations=', helm.sh/hook-weight: "2"'),
        first=job("first", "pre-install", _WELL, annotations=', helm.sh/hook-weight: "-1"'),
        last=job("last", '"post-install,post-upgrade"', _WELL),
        brief=job("brief", "pre-install", _WELL, annotations=", helm.sh/hook-delete-policy: hook-succeeded"),
        update=job("update", "pre-upgrade", _WELL, ttlSecondsAfterFinished=0),
    )

    await settled(workshop.platform, await deployed(workshop.platform, workshop.request("r1", files)))

    jobs, deployments = await _objects(workshop, "jobs"), await _objects(workshop, "deployments")
    assert set(jobs) == {"first", "second", "last"}
    assert _ended(jobs["first"]) <= _made(jobs["second"])
    assert _ended(jobs["second"]) <= _made(deployments["web"]) <= _made(jobs["last"])
    assert await workshop.bench.answer(workshop.bench.host) == "hello"

    await settled(workshop.platform, await deployed(workshop.platform, workshop.request("r2", files)))

    updated = await _objects(workshop, "jobs")
    assert set(updated) == {"update", "last"}
    assert updated["last"]["metadata"]["uid"] != jobs["last"]["metadata"]["uid"]


async def test_a_hook_that_fails_is_named_with_its_log(workshop: Workshop) -> None:
    """I read which hook failed and its last lines, without a password, and nothing after it has begun."""
    script = "import os, sys; print(os.environ['DATABASE_URL']); print('no such table: moons'); sys.exit(3)"
    files = chart(workshop.bench, "hello", migrate=job("migrate", "pre-install", script))
    request = workshop.request("r1", files)

    with pytest.raises(PermanentError) as caught:
        await deployed(workshop.platform, request)
    with pytest.raises(PermanentError, match="migrate"):
        await workshop.platform.deploy(request, CONNECTION)

    assert caught.value.reason is Reason.SERVICE_FAILED
    assert "pre-install" in caught.value.message
    assert "Job migrate" in caught.value.message
    assert "no such table: moons" in caught.value.message
    assert SECRET not in caught.value.message
    assert set(await _objects(workshop, "deployments")) == set()


async def test_a_hook_that_wants_to_go_when_it_fails_does_not_run_again(workshop: Workshop) -> None:
    """A repetition after the failure tells the same, although nothing is left of the hook to read."""
    gone = job(
        "migrate", "pre-install", "import sys; sys.exit(3)", annotations=", helm.sh/hook-delete-policy: hook-failed"
    )
    request = workshop.request("r1", chart(workshop.bench, "hello", migrate=gone))

    with pytest.raises(PermanentError) as first:
        await deployed(workshop.platform, request)
    with pytest.raises(PermanentError) as second:
        await workshop.platform.deploy(request, CONNECTION)

    assert first.value.message == second.value.message
    assert set(await _objects(workshop, "jobs")) == set()


async def test_a_hook_that_runs_is_joined_and_a_newer_release_ends_it(workshop: Workshop) -> None:
    """However often a worker is replaced, my migration runs once; my next push does not wait for it."""
    slow = workshop.request("r1", chart(workshop.bench, "one", slow=job("slow", "pre-install", _ENDLESS)))
    other = workshop.request("r2", chart(workshop.bench, "two", other=job("other", "pre-install", _WELL)))

    with pytest.raises(NotYet, match=r"pre-install.*Job slow"):
        await workshop.platform.deploy(slow, CONNECTION)
    before = await _objects(workshop, "jobs")
    with pytest.raises(NotYet, match="Job slow"):
        await workshop.installed().deploy(slow, CONNECTION)
    after = await _objects(workshop, "jobs")
    assert await _objects(workshop, "deployments") == {}
    await settled(workshop.platform, await deployed(workshop.platform, other))

    assert before["slow"]["metadata"]["uid"] == after["slow"]["metadata"]["uid"]
    # Nothing was ready before, so this is an installation still.
    assert set(await _objects(workshop, "jobs")) == {"other"}
    assert await workshop.bench.answer(workshop.bench.host) == "two"


async def test_a_hook_after_everything_that_fails_is_told(workshop: Workshop) -> None:
    """A preview whose last hook failed is not called ready."""
    last = job("warm", "post-install", "import sys; print('cold'); sys.exit(1)")
    request = workshop.request("r1", chart(workshop.bench, "hello", warm=last))

    with pytest.raises(PermanentError, match=r"(?s)post-install.*Job warm.*cold"):
        await settled(workshop.platform, await deployed(workshop.platform, request))


async def test_a_job_of_a_chart_is_replaced_by_each_revision(workshop: Workshop) -> None:
    """A Job that is no hook runs anew with every push, though Kubernetes lets nobody change one."""
    for release in ("r1", "r2"):
        files = chart(workshop.bench, release, index=job("index", "", _WELL, ttlSecondsAfterFinished=0))
        await settled(workshop.platform, await deployed(workshop.platform, workshop.request(release, files)))

    jobs = await _objects(workshop, "jobs")
    assert jobs["index"]["spec"]["template"]["metadata"]["annotations"]["matinee.dev/release"] == "r2"
