"""The shop with its database in every kind of definition, from a registry with a password, and what nobody is told."""

import asyncio
import base64
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from domain.messages import Status
from domain.names import Key, label_of
from domain.phases import Phase, Reason
from embedded.postgres import Postgres
from tests.endtoend import searching
from tests.endtoend.hubs import OWNER
from tests.endtoend.processes import ROOT, Done, matinee, ran
from tests.endtoend.test_flags import BANNER
from tests.endtoend.test_secrets import TALKATIVE
from tests.fakes.github_state import Repository
from tests.faults.sites import shop_files
from tests.waiting import until
from tests.whole import building, listing
from tests.whole.hosting import PATIENCE, Hosted
from tests.whole.lasting import Objects
from tests.whole.listing import changed, names_of, settled
from tests.whole.planting import STORY
from tests.whole.visiting import Visitor

pytestmark = [pytest.mark.cluster, pytest.mark.server, pytest.mark.slow]

EXAMPLES = ROOT / "examples" / "shop-kubernetes"
KINDS = ("services", "helm", "kustomize", "manifests")
PRODUCTS = 300


@dataclass(frozen=True, kw_only=True)
class Story:
    """A repository of that Matinee, and what there was before any of its previews."""

    house: Hosted
    repository: Repository
    postgres: Postgres
    objects: Objects
    names: set[str]

    async def opened(self, kind: str, folder: Path) -> tuple[Key, str]:
        """A pull request that writes the shop in this kind, ready; and the image of its head by digest."""
        badge = f"ALTER TABLE products ADD COLUMN badge text NOT NULL DEFAULT '{kind}';\n"
        changed = _written(self.house, kind) | {"migrations/0003_badges.sql": badge.encode()}
        key = await self.house.github.open(self.repository, kind, changed)
        digest = await self.built(key, folder)
        await self.house.ready(key)
        return key, f"{self.house.private}/acme/shop@{digest}"

    async def built(self, key: Key, folder: Path) -> str:
        """The CI has built the head; the digest of its image."""
        return await building.built(self.repository, self.house.head(key), folder, self.house.cluster.registry)

    def namespace(self, key: Key) -> str:
        """Where the preview is."""
        return f"{self.house.installed.name}-p-{label_of(key, home=OWNER)}"

    async def pods(self, key: Key) -> dict[str, str]:
        """The pods that serve it and are not being ended, by their unmistakable ids, with their images."""
        found = await self.house.cluster.kubectl.get("pods", f"--namespace={self.namespace(key)}")
        running = [each for each in found["items"] if each["status"]["phase"] == "Running"]
        kept = [each for each in running if "deletionTimestamp" not in each["metadata"]]
        return {each["metadata"]["uid"]: each["spec"]["containers"][0]["image"] for each in kept}

    async def flag(self, key: Key, *words: str) -> Done:
        """How `matinee flag` with these words ended."""
        target = self.house.client.service_client.config.target_host
        return await ran(*matinee("flag", str(key), *words), environment={"TEMPORAL_ADDRESS": target})

    async def closed(self, *keys: Key) -> None:
        """The pull requests are closed, and their previews have verified that all is gone."""
        for key in keys:
            await self.house.github.close(key)
        for key in keys:
            await self.house.ended(key)


@pytest.fixture(scope="module")
async def story(house: Hosted, postgres18: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """The shop, whose CI has built its main branch; the seed of all its previews is made from that."""
    repository = house.clones.add(STORY, shop_files() | _written(house, "services"))
    await building.built(repository, repository.tip, tmp_path_factory.mktemp("base"), house.cluster.registry)
    objects, names = await asyncio.gather(settled(house.cluster, own=house.installed.name), names_of(postgres18))
    return Story(house=house, repository=repository, postgres=postgres18, objects=objects, names=names)


@pytest.mark.parametrize("kind", KINDS)
async def test_the_shop_with_its_database_lives_in_every_kind(story: Story, kind: str, tmp_path: Path) -> None:
    """Rows of its own database over HTTPS, pods by digest from the private registry, a live flag, and then nothing."""
    visitor = Visitor(story.house.cluster)
    key, pinned = await story.opened(kind, tmp_path / "head")
    url = story.house.url(key)

    page = (await visitor.get(url)).text
    answer = (await visitor.get(f"{story.house.url(key, 'api')}/products")).json()
    pods = await story.pods(key)
    done = await story.flag(key, "sale", "on")
    await until(lambda: _shows(visitor, url), "the page shows the sale", seconds=30)

    assert story.house.head(key)[:7] in page
    assert BANNER not in page
    assert answer["total"] == PRODUCTS
    assert {each["badge"] for each in answer["products"]} == {kind}
    assert set(pods.values()) == {pinned}
    assert (done.code, done.text.strip()) == (0, f"{key}: sale is true (false in the definition)")
    assert await story.pods(key) == pods

    await story.closed(key)

    assert await changed(story.house.cluster, story.objects, own=story.house.installed.name) == []
    # The seed stays on purpose: every pull request of the repository shares it.
    assert {name for name in await names_of(story.postgres) - story.names if "seed_" not in name} == set()


async def test_no_secret_is_told_by_a_whole_story(story: Story, tmp_path: Path) -> None:
    """Histories, receipts, logs, comments, events and objects of these previews, and of one that fails, hold none."""
    house = story.house
    key, _ = await story.opened("services", tmp_path / "head")
    secrets = dict(house.secrets) | await _password(story, key)
    await house.github.push(key, {"shop/migrate.py": TALKATIVE.encode()})
    await story.built(key, tmp_path / "talkative")
    await _failed(story, key)
    secrets |= await _password(story, key)
    told = await listing.told(house.cluster) | {"failure": await until(lambda: _failure(story), "the failure is told")}
    await story.closed(key)
    secrets |= {f"token {token[:8]}": token for token in house.github.limits.installation_tokens}
    told |= await house.logs() | {"forge": _at_forge(story)}
    number, in_histories = await searching.in_histories(house.client, secrets)

    # What is searched is there: the failure is told, and only the secret in it is not.
    assert "the preview is gone" in told["forge"]
    assert story.namespace(key) in told["events"]
    assert all(told.values()), [place for place, text in told.items() if not text]
    assert number > 2
    _, seen = await searching.in_histories(house.client, {"reason": Reason.MIGRATION_FAILED.value})
    assert (f"preview:{key.repository}:{key.number}", "reason") in seen
    assert {"stripe", "server password", "key ring"} <= secrets.keys()
    assert [each for place, text in told.items() for each in searching.in_text(place, text, secrets)] == []
    assert in_histories == set()


async def _shows(visitor: Visitor, url: str) -> bool:
    return BANNER in (await visitor.get(url)).text


async def _failed(story: Story, key: Key) -> Status:
    """The status of a preview whose migration has failed."""

    async def look() -> Status | None:
        status = await story.house.status(key)
        return status if status and status.phase is Phase.FAILED else None

    return await until(look, f"{key} has failed", seconds=PATIENCE, show=lambda: story.house.status(key))


def _at_forge(story: Story) -> str:
    """All that Matinee shows at the forge now."""
    one = story.repository
    return str((one.comments, one.statuses, one.deployments))


async def _failure(story: Story) -> str | None:
    """The same, once it has the last words of the migration that failed, in which its password was."""
    shown = _at_forge(story)
    return shown if "password authentication failed for" in shown else None


async def _password(story: Story, key: Key) -> dict[str, str]:
    """The password of the preview's database, as its pods are given it; another one after it was branched anew."""
    place = f"--namespace={story.namespace(key)}"
    found = await story.house.cluster.kubectl.get("secret", "matinee-database", place)
    url = base64.b64decode(found["data"]["url"]).decode()
    password = httpx.URL(url).password or ""
    assert password
    return {f"password {password[:4]}": password}


def _written(house: Hosted, kind: str) -> dict[str, bytes]:
    """The files of the example of this kind, for the private registry and this installation's Gateway."""
    folder = EXAMPLES / kind
    files = {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}
    if kind == "services":
        files[".matinee.yaml"] = files[".matinee.yaml"].replace("port: 8001\n", "port: 8001\n    secrets: [stripe]\n")
    named = {
        "registry.localhost:5000": house.private,
        "namespace: matinee-system": f"namespace: {house.installed.name}",
    }
    for old, new in named.items():
        files = {name: content.replace(old, new) for name, content in files.items()}
    return {name: content.encode() for name, content in files.items()}
