"""What cannot be brought up is told with file, place, value and cure, within seconds, and nothing half made is left."""

import time
from pathlib import Path

import pytest

from domain.errors import PermanentError
from domain.phases import Reason
from tests.adapters.platforms.kubernetes.asking import CONNECTION, deploying, service, settled
from tests.adapters.platforms.kubernetes.rendered import CHART, DEFINITION, Workshop
from tests.adapters.rendering.workshop import needs_programs
from tests.contracts.benches_kubernetes import KubernetesBench

pytestmark = needs_programs

_KEPT = DEFINITION.partition("helm:")[0]
MANIFESTS = f"{_KEPT}manifests: {{files: [deploy]}}\n"
OVERLAY = f"{_KEPT}kustomize: {{overlay: deploy}}\n"
CACHE = b"apiVersion: cache.example.com/v1\nkind: Cache\nmetadata: {name: sessions}\nspec: {size: 3}\n"
TWICE = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  mode: fast\n  mode: slow\n"
DUMP = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: dump}\ndata: {dump: %s}\n" % (b"x" * 3_000_000)

CASES: dict[str, tuple[str, dict[str, bytes], tuple[str, ...]]] = {
    "a custom resource": (
        MANIFESTS,
        {"deploy/cache.yaml": CACHE},
        ('deploy/cache.yaml: Cache/sessions: kind: "cache.example.com/v1 Cache" is not allowed (kind); leave it out',),
    ),
    "a custom resource of a chart": (
        DEFINITION,
        {**CHART, "deploy/shop/templates/cache.yaml": CACHE},
        ('deploy/shop/templates/cache.yaml: Cache/sessions: kind: "cache.example.com/v1 Cache" is not allowed (kind)',),
    ),
    "three megabytes": (
        MANIFESTS,
        {"deploy/dump.yaml": DUMP},
        ("deploy/dump.yaml has 3000069 bytes; write at most 1000000 into a file", "belong into an image"),
    ),
    "three megabytes of a chart": (
        DEFINITION,
        {**CHART, "deploy/shop/templates/dump.yaml": DUMP},
        ("the chart deploy/shop cannot be rendered: it makes more than 2000000 bytes, and large data belong into an",),
    ),
    "three megabytes of an overlay": (
        OVERLAY,
        {"deploy/dump.yaml": DUMP, "deploy/kustomization.yaml": b"resources: [dump.yaml]\n"},
        ("deploy/dump.yaml: line 1: the file has 3000069 bytes; write at most 1000000",),
    ),
    "a key twice": (
        MANIFESTS,
        {"deploy/modes.yaml": TWICE},
        ("deploy/modes.yaml: line 6: data.mode: stands here twice, first in line 5; leave one out",),
    ),
    "a key twice in a chart": (
        DEFINITION,
        {**CHART, "deploy/shop/templates/modes.yaml": TWICE},
        ("deploy/shop/templates/modes.yaml: what deploy/shop renders as shop: line 8: data.mode: stands here twice",),
    ),
    "a key twice in an overlay": (
        OVERLAY,
        {"deploy/modes.yaml": TWICE, "deploy/kustomization.yaml": b"resources: [modes.yaml]\n"},
        ("deploy/modes.yaml: line 6: data.mode: stands here twice, first in line 5; leave one out",),
    ),
}


@pytest.mark.parametrize("case", CASES)
async def test_what_a_repository_gets_wrong_is_told_and_nothing_is_made(
    bench: KubernetesBench, open_folder: Path, case: str
) -> None:
    """I read which line of which file to change, in seconds, and the cluster has not changed."""
    definition, files, said = CASES[case]
    workshop = Workshop(bench, open_folder)
    request = workshop.request("r1", files, definition)
    began = time.monotonic()

    with pytest.raises(PermanentError) as caught:
        await workshop.platform.deploy(request, CONNECTION)

    assert time.monotonic() - began < 10
    assert caught.value.reason in (Reason.DEFINITION_INVALID, Reason.PLATFORM_REFUSED)
    assert await workshop.platform.list() == ()
    for words in said:
        assert words in caught.value.message


async def test_a_host_that_no_listener_has_is_told_within_seconds(bench: KubernetesBench) -> None:
    """A Gateway without a listener for the preview's host is named by its preview too, with who has to do what."""
    bench.host = f"{bench.namespace}.elsewhere.example"
    deployment = await bench.platform.deploy(deploying("r1", service(bench)), CONNECTION)
    began = time.monotonic()

    with pytest.raises(PermanentError) as caught:
        await settled(bench.kubernetes, deployment)

    assert caught.value.reason is Reason.SERVICE_FAILED
    assert "HTTPRoute web: the gateway preview refuses it" in caught.value.message
    assert "under the gateway's wildcard, or let the operator add a listener" in caught.value.message
    assert time.monotonic() - began < 20
