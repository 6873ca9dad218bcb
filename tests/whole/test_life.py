"""The shop lives a whole life on a real cluster: pods over HTTPS, a push without downtime, and then nothing."""

import asyncio
import shutil
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from domain.names import database_name
from embedded.postgres import Postgres
from tests.cluster.described import Cluster
from tests.endtoend.processes import ROOT
from tests.endtoend.repositories import Repository, shop_repository
from tests.whole import building
from tests.whole.listing import changed, settled
from tests.whole.stages import Stage, stage
from tests.whole.visiting import Visitor, first_good, reloading

pytestmark = [pytest.mark.cluster, pytest.mark.server, pytest.mark.slow]

BRANCH = "badges"
BADGES = {"migrations/0003_badges.sql": "ALTER TABLE products ADD COLUMN badge text NOT NULL DEFAULT 'new';\n"}
DEFINITION = ROOT / "examples" / "shop-kubernetes" / "services" / ".matinee.yaml"
PRODUCTS = 300


@pytest.fixture(scope="module", params=["gateway", "ingress"])
async def on_stage(request: pytest.FixtureRequest, cluster: Cluster, outside: Postgres) -> AsyncIterator[Stage]:
    """An installation whose previews are reached through the Gateway, and one whose are through an Ingress."""
    name = str(request.param)
    entrances = {
        "gateway": {"gateway": cluster.gateway},
        "ingress": {"ingress": "traefik", "ingress_controller": "traefik"},
    }
    async with stage(cluster, outside, repository=f"shop-{name}", entrance=entrances[name]) as one:
        yield one


async def test_the_shop_lives_a_whole_life(on_stage: Stage, tmp_path: Path) -> None:
    """A reviewer sees the change and its data over HTTPS, a search engine does not, and nothing outlives the close."""
    one, visitor = on_stage, Visitor(on_stage.cluster)
    repository = await _shop(one, tmp_path / one.repository)
    objects, names = await settled(one.cluster, own=one.installed.name), await one.names()
    web, api = _urls(one)

    first = await _committed(one, repository, BADGES)
    answered = asyncio.create_task(first_good(visitor, f"{api}/products"))
    await _pushed(repository, BRANCH)
    _tell("seconds from image and database to the first answer", await answered - await one.began("deploy"))
    await _is_up(one, visitor, repository, first)

    second = await _committed(one, repository, {"README.md": "Changed."})
    async with reloading(visitor, f"{web}/", f"{api}/products") as visits:
        await _pushed(repository, BRANCH)
    await _is_up(one, visitor, repository, second)
    _tell("answers while it was updated", visits.good)
    assert visits.bad == []
    assert visits.good > 50

    began = time.monotonic()
    await _pushed(repository, f":{BRANCH}")
    receipt = await one.receipt()
    _tell("seconds from close to verified gone", time.monotonic() - began)
    assert any(one.namespace in line for line in receipt), receipt
    assert any(database_name(one.label) in line for line in receipt), receipt
    assert await changed(one.cluster, objects, own=one.installed.name) == []
    # The seed stays on purpose: every pull request of the repository shares it.
    assert {name for name in await one.names() - names if "seed_" not in name} == set()


async def _shop(one: Stage, folder: Path) -> Repository:
    """The developer's clone of the shop, whose images the cluster's registry keeps."""
    repository = await shop_repository(folder)
    shutil.copy(DEFINITION, folder)
    text = (folder / ".matinee.yaml").read_text().replace("registry.localhost:5000", one.cluster.registry)
    commit = await repository.commit({".matinee.yaml": text})
    await building.pushed(folder, commit, one.cluster.registry)
    await one.connect(repository)
    return repository


async def _committed(one: Stage, repository: Repository, files: dict[str, str]) -> str:
    """A commit on the branch, of which the CI has made an image."""
    commit = await repository.commit(files, BRANCH)
    await building.pushed(repository.folder, commit, one.cluster.registry)
    return commit


async def _pushed(repository: Repository, reference: str) -> None:
    """The forge has taken it, and its hook has told how the preview ended."""
    done = await repository.push(reference, seconds=300)
    assert done.code == 0, done.text
    assert "failed" not in done.text, done.text


async def _is_up(one: Stage, visitor: Visitor, repository: Repository, commit: str) -> None:
    """The change and the seed's data are there, in pods of the commit's image, by digest; a Job has migrated them."""
    web, api = _urls(one)
    page, listed = await visitor.get(f"{web}/"), await visitor.get(f"{api}/products")
    products = listed.json()
    assert commit[:7] in page.text
    assert [each.headers["X-Robots-Tag"] for each in (page, listed)] == ["noindex", "noindex"]
    assert products["total"] == PRODUCTS
    assert products["products"][0]["badge"] == "new"
    pinned = await building.pushed(repository.folder, commit, one.cluster.registry)
    held = await one.cluster.kubectl.get("pods,jobs", f"--namespace={one.namespace}")
    pods = [each for each in held["items"] if each["kind"] == "Pod" and each["status"]["phase"] == "Running"]
    # A pod of the revision before answers on for a moment, after its end was decided.
    running = [each["spec"] for each in pods if "deletionTimestamp" not in each["metadata"]]
    assert {each["containers"][0]["image"] for each in running} == {pinned}
    jobs = [each["spec"]["template"]["spec"]["containers"][0] for each in held["items"] if each["kind"] == "Job"]
    assert pinned in {job["image"] for job in jobs if "shop.migrate" in job["command"]}


def _urls(one: Stage) -> tuple[str, str]:
    """Where the page and the API of the preview are, from outside."""
    web, api = (f"https://{host}.{one.cluster.domain}:{one.cluster.https}" for host in (one.label, f"{one.label}-api"))
    return web, api


def _tell(what: str, figure: float) -> None:
    """Whoever runs the test with `-s` reads the figure."""
    sys.stdout.write(f"{what}: {figure:.1f}\n")
