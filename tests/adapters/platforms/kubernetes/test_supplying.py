"""The Secrets that an operator gives to previews come into them, follow their sources, and are never told."""

import base64
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import pytest

from domain.errors import MatineeError, NotYet, PermanentError
from domain.phases import Reason
from domain.requests import LogsRequest
from tests.adapters.platforms.kubernetes.asking import (
    CONNECTION,
    KEY,
    LABEL,
    beat,
    deploying,
    removal,
    running,
    service,
    settled,
)
from tests.adapters.platforms.kubernetes.templates import PLANTED, Templates, prepared
from tests.contracts.benches_kubernetes import SERVER, KubernetesBench
from tests.waiting import until

pytestmark = [pytest.mark.cluster, pytest.mark.server, pytest.mark.slow]

SHOWING = ("python", "-c", SERVER.replace('"GREETING"', '"STRIPE_KEY"'))
"""A service that answers with what it was given, which no real one should."""

NEW = "a-new-key-of-stripe"


@pytest.fixture
async def templates(bench: KubernetesBench) -> AsyncGenerator[Templates]:
    """A template namespace beside the bench."""
    async with prepared(bench) as one:
        yield one


async def copy(bench: KubernetesBench, name: str = "stripe") -> str | None:
    """What the copy in the preview holds, None if there is none."""
    where = (f"--namespace={bench.namespace}", "--ignore-not-found", "--output=jsonpath={.data.STRIPE_KEY}")
    found = await bench.cluster.kubectl("get", "secret", name, *where)
    return base64.b64decode(found).decode() if found else None


async def labels(bench: KubernetesBench) -> dict[str, Any]:
    """The labels and annotations of the preview's namespace."""
    metadata = (await bench.cluster.kubectl.get("namespace", bench.namespace))["metadata"]
    return {**metadata["labels"], **metadata["annotations"]}


async def test_a_service_reads_the_secrets_that_it_names(bench: KubernetesBench, templates: Templates) -> None:
    """My definition names a Secret, its keys are variables of my service, and all of it goes with the preview."""
    platform = bench.installed("matinee", supplies=templates.supplies("stripe"))
    web = service(bench, command=SHOWING, secrets=("stripe",))

    await settled(platform, await platform.deploy(deploying("r1", web, trusted=True), CONNECTION))

    async def shown() -> bool:
        return await bench.answer(bench.host) == PLANTED

    await until(shown, "the service shows what it was given")
    place = (f"--namespace={bench.namespace}", "--show-managed-fields")
    found = await bench.cluster.kubectl.get("secret", "stripe", *place)
    assert found["metadata"]["labels"]["matinee.dev/label"] == LABEL
    assert {one["manager"] for one in found["metadata"]["managedFields"]} == {"matinee"}
    assert PLANTED not in str(await bench.cluster.kubectl.get("deployments,pods", f"--namespace={bench.namespace}"))

    await platform.remove(removal())

    assert await bench.cluster.kubectl("get", "namespace", bench.namespace, "--ignore-not-found") == ""


async def test_a_changed_source_is_followed(bench: KubernetesBench, templates: Templates) -> None:
    """A key that an operator rotates comes to previews that nobody rolls out; one that was taken back goes."""
    platform = bench.installed("matinee", supplies=templates.supplies("stripe"))
    await platform.deploy(deploying("r1", service(bench), trusted=True), CONNECTION)
    before = await copy(bench)

    await templates.keep("stripe", STRIPE_KEY=NEW)
    stale = await platform.refresh()

    assert (before, stale, await copy(bench)) == (PLANTED, (), NEW)

    await templates.keep("stripe", "kubernetes.io/basic-auth", username="a", password="b", STRIPE_KEY=PLANTED)
    stale = await platform.refresh()

    assert (stale, await copy(bench)) == ((), PLANTED)

    stale = await bench.installed("matinee", supplies=templates.supplies("other")).refresh()

    assert (stale, await copy(bench)) == ((), None)


async def test_a_source_that_is_away_takes_no_copy_away(bench: KubernetesBench, templates: Templates) -> None:
    """A Secret that somebody deletes to make it anew is still there for who uses it, and what fails is told."""
    platform = bench.installed("matinee", supplies=templates.supplies("stripe"))
    await platform.deploy(deploying("r1", service(bench), trusted=True), CONNECTION)
    await bench.cluster.kubectl("delete", "secret", "stripe", f"--namespace={templates.name}")

    assert await platform.refresh() == ()
    assert await copy(bench) == PLANTED

    await templates.readable("nothing")

    async def told() -> bool:
        return "resourceNames: [stripe]" in " ".join(await platform.refresh())

    await until(told, "a right that is missing is told")


async def test_a_missing_source_is_waited_for_and_named(bench: KubernetesBench, templates: Templates) -> None:
    """A Secret that nobody has made yet is named with the place where it is wanted, and nothing runs before."""
    platform = bench.installed("matinee", supplies=templates.supplies("stripe", "late"))
    request = deploying("r1", service(bench), trusted=True)

    with pytest.raises(NotYet, match=f"late is not in the namespace {templates.name}"):
        await platform.deploy(request, CONNECTION)

    pods = await bench.cluster.kubectl.get("deployments", f"--namespace={bench.namespace}")
    await templates.keep("late", KEY=PLANTED)
    await settled(platform, await platform.deploy(request, CONNECTION))
    assert pods["items"] == []


async def test_a_stranger_is_given_none(bench: KubernetesBench, templates: Templates) -> None:
    """What was given to an author with write access goes when a stranger's commit follows, label and all."""
    supplies = templates.supplies("stripe", external={"*": ("vault",)})
    platform = bench.installed("matinee", supplies=supplies)
    web = service(bench, secrets=("stripe",))
    with pytest.raises(MatineeError, match="ExternalSecret"):
        await platform.deploy(deploying("r1", web, trusted=True), CONNECTION)
    before = await labels(bench)

    await settled(platform, await platform.deploy(deploying("r2", web, trusted=False), CONNECTION))
    after = await labels(bench)

    assert before.items() >= {"secrets.matinee.dev/vault": "true", "matinee.dev/supplied": "stripe"}.items()
    assert not {"secrets.matinee.dev/vault", "matinee.dev/supplied"} & set(after)
    assert await copy(bench) is None
    assert await platform.refresh() == ()
    assert await copy(bench) is None


async def test_only_what_a_repository_is_given_can_be_named(bench: KubernetesBench, templates: Templates) -> None:
    """Another team's Secret is refused before anything is made, with those that there are."""
    platform = bench.installed("matinee", supplies=templates.supplies("stripe", of="other/*"))

    with pytest.raises(PermanentError, match="names the Secret stripe, which previews of acme/shop are not") as caught:
        await platform.deploy(deploying("r1", service(bench, secrets=("stripe",)), trusted=True), CONNECTION)

    assert caught.value.reason is Reason.DEFINITION_INVALID
    assert await bench.cluster.kubectl("get", "namespace", bench.namespace, "--ignore-not-found") == ""


async def test_a_secret_that_the_worker_may_not_read_names_the_cure(
    bench: KubernetesBench, templates: Templates
) -> None:
    """A name that is in the settings and not in the chart's values is told as the rule that is missing."""
    await templates.keep("hidden", KEY=PLANTED)
    platform = bench.installed("matinee", supplies=templates.supplies("hidden"))

    with pytest.raises(PermanentError) as caught:
        await platform.deploy(deploying("r1", service(bench), trusted=True), CONNECTION)

    assert "resources: [secrets], verbs: [get], resourceNames: [hidden]" in caught.value.message
    assert templates.name in caught.value.message


async def test_a_token_of_the_cluster_is_not_copied(bench: KubernetesBench, templates: Templates) -> None:
    """A Secret that speaks for an account of the cluster would give a preview that account's rights."""
    await templates.keep("token", "bootstrap.kubernetes.io/token", **{"token-id": "abcdef"})
    platform = bench.installed("matinee", supplies=templates.supplies("token"))

    with pytest.raises(PermanentError, match=r"bootstrap\.kubernetes\.io/token and is not copied"):
        await platform.deploy(deploying("r1", service(bench), trusted=True), CONNECTION)


async def test_nothing_tells_what_was_given(bench: KubernetesBench, templates: Templates) -> None:
    """A service and a command that write what they were given, and fail, put nothing of it on the pull request."""
    platform = bench.installed("matinee", supplies=templates.supplies("stripe"))
    telling = ("python", "-c", "import os, sys; print(os.environ['STRIPE_KEY'], flush=True); sys.exit(3)")
    command = running(bench, telling, secrets=("stripe",), trusted=True)

    result = await platform.run(command, CONNECTION, beat)
    deployment = await platform.deploy(
        deploying("r1", service(bench, command=telling, secrets=("stripe",)), trusted=True), CONNECTION
    )
    with pytest.raises(PermanentError, match="exit code 3") as caught:
        await settled(platform, deployment)
    log = await platform.logs(LogsRequest(key=KEY, label=LABEL, instance="local"))

    assert "***" in result.log
    assert "***" in caught.value.message
    assert "***" in log
    jobs = await bench.cluster.kubectl.get("jobs", f"--namespace={bench.namespace}")
    told = (result.log, caught.value.message, log, str(jobs), repr(deployment), repr(replace(command)))
    assert PLANTED not in " ".join(told)
