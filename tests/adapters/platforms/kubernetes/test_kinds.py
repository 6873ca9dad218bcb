"""The shop as services, Helm, Kustomize and plain manifests: the same preview, whichever way it is written.

What is deployed are the examples as they are. The image has a page and an API of the same names and variables, which
need no database; the real shop's whole life is told elsewhere.
"""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from domain.errors import PermanentError
from domain.phases import Reason
from tests.adapters.platforms.kubernetes.asking import CONNECTION, removal, settled
from tests.adapters.platforms.kubernetes.mortal import Killed, Mortal
from tests.adapters.platforms.kubernetes.rendered import Workshop, chart, deployed, job
from tests.adapters.rendering.workshop import needs_programs
from tests.cluster import bases, images
from tests.cluster.described import Cluster
from tests.cluster.layers import Content, Link, layer
from tests.contracts.benches_kubernetes import SERVER, KubernetesBench

pytestmark = needs_programs

MOST_LIVES = 200
_EXAMPLES = Path(__file__).parents[4] / "examples" / "shop-kubernetes"
_ANSWER = """
import os, sys
os.environ["GREETING"] = " ".join((os.environ.get("API_URL", ""), str("postgresql:" in os.environ["DATABASE_URL"])))
"""


@pytest.fixture(scope="module")
async def shop(cluster: Cluster) -> str:
    """An image by digest, in which `python3 -m shop.web` and `shop.api` say what they were given."""
    files: dict[str, Content] = {
        "/usr/bin/python3": Link("python"),
        **{f"/application/shop/{name}.py": f"{_ANSWER}{SERVER}".encode() for name in ("web", "api")},
    }
    made = await asyncio.to_thread(bases.python, layer(files), command=("python3", "-m", "shop.web"))
    return await images.push(made, cluster.registry, "acme/shop")


def _tree(kind: str, bench: KubernetesBench) -> dict[str, bytes]:
    """The files of the example, but for the Gateway, which is this cluster's."""
    folder = _EXAMPLES / kind
    place, _, gateway = bench.cluster.gateway.partition("/")
    named = {b"name: preview, namespace: matinee-system": f"name: {gateway}, namespace: {place}".encode()}
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for old, new in named.items():
        files = {name: content.replace(old, new) for name, content in files.items()}
    return files


@pytest.mark.parametrize("kind", ["services", "helm", "kustomize", "manifests"])
async def test_the_shop_comes_up_in_every_kind(bench: KubernetesBench, open_folder: Path, shop: str, kind: str) -> None:
    """Page and API answer over their hosts, from an image by digest, with each other's URL and the database."""
    workshop = Workshop(bench, open_folder, shop)
    definition = (_EXAMPLES / kind / ".matinee.yaml").read_text()
    request = workshop.request("r1", _tree(kind, bench), definition)
    api = f"{bench.namespace}-api.{bench.cluster.domain}"

    deployment = await settled(workshop.platform, await deployed(workshop.platform, request))

    assert await bench.answer(bench.host) == f"http://{api} True"
    assert (await bench.answer(api) or "").endswith("True")
    found = await bench.cluster.kubectl.get("pods", f"--namespace={bench.namespace}")
    assert {one["spec"]["containers"][0]["image"] for one in found["items"]} == {shop}
    assert {resource.entry for resource in await workshop.platform.list()} == set(deployment.entries)
    assert await workshop.platform.remove(replace(removal(), entries=deployment.entries)) == deployment.entries


async def test_a_second_release_takes_away_what_it_no_longer_has(bench: KubernetesBench, open_folder: Path) -> None:
    """An object that my push has deleted from the chart runs until the new one is ready, and then no more."""
    workshop = Workshop(bench, open_folder)
    extra = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: extra}\ndata: {a: b}\n"
    both = chart(bench, "one", extra=extra, before=job("before", "pre-install", "print('well')"))

    await settled(workshop.platform, await deployed(workshop.platform, workshop.request("r1", both)))
    update = await deployed(workshop.platform, workshop.request("r2", chart(bench, "two")))
    held = await _names(bench)
    await settled(workshop.platform, update)

    assert {"configmap/extra", "job.batch/before"} <= held
    assert {"configmap/extra", "job.batch/before"} & await _names(bench) == set()
    assert await bench.answer(bench.host) == "two"


async def test_a_chart_that_does_not_render_says_what_helm_says(bench: KubernetesBench, open_folder: Path) -> None:
    """I read helm's own words with my file and line, and nothing half-made is left in the cluster."""
    workshop = Workshop(bench, open_folder)
    broken = chart(bench, "one", broken=b"a: {{ .Values.there.is.none }}\n")

    with pytest.raises(PermanentError, match="nil pointer") as caught:
        await workshop.platform.deploy(workshop.request("r1", broken), CONNECTION)

    assert caught.value.reason is Reason.DEFINITION_INVALID
    assert "templates/broken.yaml:1" in caught.value.message
    assert str(open_folder) not in caught.value.message
    assert len(caught.value.message) <= 1000
    namespaces = await bench.cluster.kubectl.get("namespaces")
    assert bench.namespace not in {one["metadata"]["name"] for one in namespaces["items"]}


async def test_without_rendering_the_setting_is_named(bench: KubernetesBench, open_folder: Path) -> None:
    """An operator who has switched charts off reads which setting does that."""
    request = Workshop(bench, open_folder).request("r1", chart(bench, "one"))

    with pytest.raises(PermanentError, match="MATINEE_PLATFORMS__<NAME>__RENDERING=true") as caught:
        await bench.platform.deploy(request, CONNECTION)

    assert caught.value.reason is Reason.SETTINGS


async def test_a_worker_killed_after_any_request_changes_nothing(bench: KubernetesBench, open_folder: Path) -> None:
    """Wherever the worker dies, the next one ends with the same objects, and each hook has run once."""
    workshop = Workshop(bench, open_folder)
    well = "print('well')"
    files = chart(
        bench,
        "one",
        before=job("before", "pre-install", well),
        brief=job("brief", "pre-install", well, annotations=", helm.sh/hook-delete-policy: hook-succeeded"),
        after=job("after", "post-install", well),
    )
    request, lives, runs = workshop.request("r1", files), 0, set[tuple[str, str]]()

    ended = False
    while not ended:
        mortal = workshop.installed(Mortal(bench.api, lives))
        try:
            await settled(mortal, await deployed(mortal, request))
            ended = True
        except Killed:
            lives += 1
            assert lives < MOST_LIVES, "it dies of something else than its requests"
        jobs = await bench.cluster.kubectl.get("jobs", f"--namespace={bench.namespace}")
        runs |= {(one["metadata"]["name"], one["metadata"]["uid"]) for one in jobs["items"]}

    found = await _names(bench)
    assert {name for name in found if name.startswith("job.batch")} == {"job.batch/before", "job.batch/after"}
    names = [name for name, _ in runs]
    assert sorted(names) == sorted(set(names))
    assert await bench.answer(bench.host) == "one"
    assert lives > 10


async def _names(bench: KubernetesBench) -> set[str]:
    """What there is of the kinds of these tests, such as `configmap/extra`."""
    said = await bench.cluster.kubectl(
        "get", "configmaps,jobs,deployments,services,httproutes", f"--namespace={bench.namespace}", "--output=name"
    )
    return set(said.split())
