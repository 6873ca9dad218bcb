"""Matinee is updated in the cluster by its own chart while previews live, and none of them notices."""

import json
import shlex
from pathlib import Path

import httpx
import pytest

from domain.names import Key, label_of
from domain.phases import Phase
from tests.cluster.layers import digest as digest_of
from tests.docs.pages import DOCS, blocks
from tests.endtoend.hubs import OWNER
from tests.waiting import until
from tests.whole import building
from tests.whole.hosting import Hosted
from tests.whole.shops import late, shop
from tests.whole.visiting import Visitor, reloading
from tests.whole.watching import none_failing

pytestmark = [pytest.mark.cluster, pytest.mark.server, pytest.mark.slow]

BADGES = {"migrations/0003_badges.sql": b"ALTER TABLE products ADD COLUMN badge text;\n"}


async def test_the_guide_ends_with_nothing_missing(house: Hosted) -> None:
    """Who has followed it to its last commands reads that every part works."""
    (text,) = [one for one in blocks((DOCS / "how-to" / "kubernetes.md").read_text(), "sh") if "matinee doctor" in one]
    name = house.installed.name
    told: list[str] = []
    for line in text.splitlines():
        words = shlex.split(line.replace("matinee-guide", name).replace("deployment/matinee-", f"deployment/{name}-"))
        assert words[0] == "kubectl"
        told += (await house.installed.kubectl(*words[1:], within=120)).splitlines()
    assert {"✓ settings", "✓ temporal", "✓ worker", "✓ receiver"} <= set(told)


async def test_previews_go_on_through_an_upgrade(house: Hosted, matinee_image: str, tmp_path: Path) -> None:
    """One preview answers all through the upgrade; another, in the midst of its rollout, becomes ready; none fails."""
    visitor = Visitor(house.cluster)
    repository = house.clones.add(f"{OWNER}/shop", shop(house))
    # The seed is built from the base of the pull requests.
    await building.built(repository, repository.tip, tmp_path / "base", house.cluster.registry)
    calm = await house.github.open(repository, "badges", BADGES)
    await building.built(repository, house.head(calm), tmp_path / "calm", house.cluster.registry)
    await house.ready(calm)
    await _tells_its_siblings(house, visitor, calm)
    busy = await house.github.open(repository, "late", late(house))
    await building.built(repository, house.head(busy), tmp_path / "busy", house.cluster.registry)
    await house.reached(busy, Phase.DEPLOYING)

    urls = (house.url(calm), f"{house.url(calm, 'api')}/products")
    async with none_failing(house.status, calm, busy), reloading(visitor, *urls) as visits:
        changed = await _changed(house.cluster.registry, matinee_image)
        await house.installed.upgrade(image={"digest": changed})
        middle = await house.status(busy)
        await house.rolled_out("worker")
        await house.ready(busy)

    assert middle is None or middle.phase is Phase.DEPLOYING
    assert visits.bad == []
    assert await _workers(house) == {f"{house.cluster.registry}/matinee@{changed}"}
    assert [len(await house.runs(key)) for key in (calm, busy)] == [1, 1]
    await house.github.push(calm, {"README.md": b"Changed."})
    await building.built(repository, house.head(calm), tmp_path / "again", house.cluster.registry)
    await house.ready(calm)
    assert house.head(calm)[:7] in (await visitor.get(house.url(calm))).text
    for key in (calm, busy):
        await house.github.close(key)
    for key in (calm, busy):
        await house.ended(key)
    previews = {f"{house.installed.name}-p-{label_of(key, home=OWNER)}" for key in (calm, busy)}
    assert previews & set(await _namespaces(house)) == set()


async def _tells_its_siblings(house: Hosted, visitor: Visitor, key: Key) -> None:
    """A front end that was built once finds its preview's API, answered by Matinee's receiver in the cluster."""
    wanted = {"web": house.url(key), "api": house.url(key, "api")}

    async def told() -> bool:
        answer = await visitor.get(f"{house.url(key)}/.matinee/config.json")
        return answer.is_success and answer.json()["urls"] == wanted

    await until(told, "the receiver tells the URLs")


async def _changed(registry: str, digest: str) -> str:
    """The digest of an image that is Matinee's but for a label, as a new version of it would be another one."""
    async with httpx.AsyncClient(base_url=f"http://{registry}/v2/matinee", trust_env=False, timeout=60) as client:
        answer = await client.get(
            f"/manifests/{digest}", headers={"Accept": "application/vnd.oci.image.manifest.v1+json"}
        )
        manifest = answer.raise_for_status().json()
        described = (await client.get(f"/blobs/{manifest['config']['digest']}")).raise_for_status().json()
        described["config"]["Labels"] = {"changed": "yes"}
        content = json.dumps(described).encode()
        begun = (await client.post("/blobs/uploads/")).raise_for_status()
        place = httpx.URL(begun.headers["Location"]).copy_add_param("digest", digest_of(content))
        (await client.put(place, content=content)).raise_for_status()
        manifest["config"] |= {"digest": digest_of(content), "size": len(content)}
        kind = {"Content-Type": answer.headers["Content-Type"]}
        put = await client.put("/manifests/changed", content=json.dumps(manifest).encode(), headers=kind)
        return str(put.raise_for_status().headers["Docker-Content-Digest"])


async def _workers(house: Hosted) -> set[str]:
    """The images of the workers that are not being ended."""
    one = house.installed
    selector = f"--selector=app.kubernetes.io/instance={one.name},app.kubernetes.io/component=worker"
    pods = (await one.kubectl.get(f"--namespace={one.name}", "pods", selector))["items"]
    return {pod["spec"]["containers"][0]["image"] for pod in pods if "deletionTimestamp" not in pod["metadata"]}


async def _namespaces(house: Hosted) -> list[str]:
    found = await house.cluster.kubectl.get("namespaces")
    return [each["metadata"]["name"] for each in found["items"]]
