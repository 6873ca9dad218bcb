"""What goes wrong on a cluster is told in words that name a cure, within seconds, and nothing foreign is touched."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.platforms.kubernetes.connecting import Access, connected
from domain.definitions import Resources
from domain.errors import NotYet, PermanentError, TemporaryError
from domain.manifests.rules import Quota
from domain.phases import Reason
from tests.adapters.platforms.kubernetes.asking import (
    CONNECTION,
    beat,
    deploying,
    removal,
    running,
    service,
    settled,
)
from tests.cluster import objects
from tests.contracts.benches_kubernetes import KubernetesBench
from tests.contracts.platform_bench import SECRET
from tests.waiting import until

pytestmark = [pytest.mark.cluster, pytest.mark.server, pytest.mark.slow]


async def test_a_namespace_that_is_not_ours_is_never_touched(bench: KubernetesBench) -> None:
    """Somebody's own namespace of the same name stays as it is, and I am told to choose another prefix."""
    await bench.cluster.kubectl.apply(objects.namespace(bench.namespace))
    try:
        for attempt in (
            bench.platform.deploy(deploying("r1", service(bench)), CONNECTION),
            bench.platform.run(running(bench, bench.commands.fortune), CONNECTION, beat),
            bench.platform.remove(removal()),
        ):
            with pytest.raises(PermanentError, match="PREFIX") as caught:
                await attempt
            assert caught.value.reason is Reason.NOT_OURS
        found = await bench.cluster.kubectl.get("namespace", bench.namespace)
        quotas = await bench.cluster.kubectl.get("resourcequotas", f"--namespace={bench.namespace}")
        assert "matinee.dev/preview" not in found["metadata"]["labels"]
        assert quotas["items"] == []
    finally:
        await bench.cluster.kubectl("delete", "namespace", "--wait=false", bench.namespace)


async def test_a_missing_permission_names_the_line_that_cures_it(bench: KubernetesBench) -> None:
    """An operator whose role is too small copies one line into it."""
    platform = bench.installed("matinee", role=bench.rules().worker_role)

    with pytest.raises(PermanentError) as caught:
        await platform.deploy(deploying("r1", service(bench)), CONNECTION)

    assert 'apiGroups: [""], resources: [services], verbs: [patch]' in caught.value.message
    assert "matinee-deployer" in caught.value.message


async def test_a_quota_that_is_too_small_for_the_definition_is_told_before_anything_is_made(
    bench: KubernetesBench,
) -> None:
    """A definition, or a command, that asks for more than the preview has leaves nothing half made."""
    platform = bench.installed("matinee", quota=Quota(cpu=0.2, memory_mib=256))

    for attempt in (
        platform.deploy(deploying("r1", service(bench)), CONNECTION),
        platform.run(running(bench, bench.commands.fortune), CONNECTION, beat),
    ):
        with pytest.raises(PermanentError, match="quota is too small for the definition") as caught:
            await attempt
        assert caught.value.reason is Reason.PLATFORM_REFUSED

    assert await bench.platform.list() == ()


async def test_services_that_leave_no_room_for_their_migration_are_refused_at_the_first_push(
    bench: KubernetesBench,
) -> None:
    """I read it before my services are made, and not at the second push, whose migration could never run."""
    platform = bench.installed("matinee", quota=Quota(cpu=0.9))
    request = deploying("r1", service(bench))

    with pytest.raises(PermanentError, match="cpu of 1 cores in limits with the migration"):
        await platform.deploy(replace(request, migration=Resources(memory_mib=64)), CONNECTION)

    assert await bench.platform.list() == ()


async def test_a_quota_that_others_have_used_up_is_told_within_seconds(bench: KubernetesBench) -> None:
    """A service for which something else left no room fails with the amounts, not after ten minutes."""
    platform = bench.installed("matinee", quota=Quota(cpu=0.9, memory_mib=1024))
    await platform.run(running(bench, bench.commands.fortune), CONNECTION, beat)
    other = objects.pod(bench.namespace, "other", bench.reference, *bench.commands.endless)
    await bench.cluster.kubectl.apply(other)
    deployment = await platform.deploy(deploying("r1", service(bench)), CONNECTION)
    began = time.monotonic()

    with pytest.raises(PermanentError, match="quota") as caught:
        await settled(platform, deployment)

    assert caught.value.reason is Reason.SERVICE_FAILED
    assert "Deployment web" in caught.value.message
    assert time.monotonic() - began < 15


async def test_an_image_that_does_not_exist_is_told_within_seconds(bench: KubernetesBench) -> None:
    """A wrong reference names itself, long before anything times out."""
    missing = f"{bench.cluster.registry}/missing@sha256:{'0' * 64}"
    deployment = await bench.platform.deploy(deploying("r1", service(bench, image=missing)), CONNECTION)
    began = time.monotonic()

    with pytest.raises(PermanentError, match="image") as caught:
        await settled(bench.kubernetes, deployment)

    assert "Deployment web" in caught.value.message
    assert time.monotonic() - began < 20


async def test_a_service_that_ends_again_and_again_is_told_within_seconds(bench: KubernetesBench) -> None:
    """A crash is told with the cluster's words and the program's own at its third end, not after ten minutes."""
    crashing = service(bench, command=bench.commands.failing)
    deployment = await bench.platform.deploy(deploying("r1", crashing), CONNECTION)
    began = time.monotonic()

    with pytest.raises(PermanentError, match="exit code 3") as caught:
        await settled(bench.kubernetes, deployment)

    assert time.monotonic() - began < 30
    assert "The cluster says: BackOff" in caught.value.message
    assert "Its last lines:\ncannot find the moon" in caught.value.message


async def test_a_command_whose_image_does_not_exist_is_not_waited_for(bench: KubernetesBench) -> None:
    """A migration that can never start fails at once, and leaves nothing that could start later."""
    missing = bench.image("web").__class__(
        service="web", reference=f"{bench.cluster.registry}/no@sha256:{'0' * 64}", digest=""
    )

    with pytest.raises(PermanentError, match="image"):
        await bench.platform.run(running(bench, bench.commands.fortune, image=missing), CONNECTION, beat)

    jobs = await bench.cluster.kubectl.get("jobs", f"--namespace={bench.namespace}")
    assert jobs["items"] == []
    assert not await bench.platform.busy("shop-12")


async def test_an_api_server_that_is_away_is_temporary(bench: KubernetesBench, tmp_path: Path) -> None:
    """A cluster that is being upgraded fails no preview: it is asked again."""
    content = bench.cluster.kubeconfig.read_text().replace(bench.cluster.server, "https://127.0.0.1:1")
    (tmp_path / "away.yaml").write_text(content)

    async with connected(Access(kubeconfig=tmp_path / "away.yaml")) as api:
        with pytest.raises(TemporaryError, match="does not answer") as caught:
            await api.list("v1", "Namespace")

    assert caught.value.reason is Reason.PLATFORM_UNAVAILABLE


async def test_a_wrong_context_names_those_that_there_are(bench: KubernetesBench) -> None:
    """A slip in the settings is found at the start, with the names to choose from."""
    with pytest.raises(PermanentError, match="contexts: test") as caught:
        async with connected(Access(kubeconfig=bench.cluster.kubeconfig, context="production")):
            pass

    assert caught.value.reason is Reason.SETTINGS


async def test_a_stuck_finalizer_is_named(bench: KubernetesBench) -> None:
    """A namespace that cannot end says what holds it, and is gone once that has let go."""
    platform = bench.installed("matinee", removal=20.0)
    await settled(platform, await platform.deploy(deploying("r1", service(bench)), CONNECTION))
    place, held = f"--namespace={bench.namespace}", '{"metadata": {"finalizers": ["example.com/held"]}}'
    await bench.cluster.kubectl("patch", "configmap", "matinee-flags", place, "--type=merge", f"--patch={held}")

    try:
        with pytest.raises(TemporaryError, match=r"example\.com/held") as caught:
            await platform.remove(removal())
        with pytest.raises(NotYet, match="still being removed"):
            await platform.deploy(deploying("r2", service(bench), generation=10), CONNECTION)
    finally:
        # Also when it fails, or the namespace would be there as long as the cluster is.
        free = '{"metadata": {"finalizers": null}}'
        await bench.cluster.kubectl("patch", "configmap", "matinee-flags", place, "--type=merge", f"--patch={free}")

    async def removed() -> bool:
        try:
            await platform.remove(removal())
        except TemporaryError:
            return False
        return True

    assert caught.value.reason is Reason.TEARDOWN_BLOCKED
    await until(removed, "the namespace is gone", seconds=40)


async def test_no_secret_is_told(bench: KubernetesBench) -> None:
    """A service that writes its connection and then fails does not put the password on the pull request."""
    telling = ("python", "-c", "import os, sys; print(os.environ['DATABASE_URL'], flush=True); sys.exit(3)")
    deployment = await bench.platform.deploy(deploying("r1", service(bench, command=telling)), CONNECTION)

    with pytest.raises(PermanentError, match="exit code 3") as caught:
        await settled(bench.kubernetes, deployment)

    pods = await bench.cluster.kubectl.get("pods", f"--namespace={bench.namespace}")
    assert "***" in caught.value.message
    assert SECRET not in caught.value.message
    assert SECRET not in str(pods)
