"""The shop with its database in every kind of definition, from a registry with a password, and what nobody is told."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from domain.messages import Status
from domain.names import Key
from domain.phases import Phase, Reason
from embedded.postgres import Postgres
from tests.cluster.described import Cluster
from tests.endtoend import searching
from tests.endtoend.hubs import OWNER
from tests.endtoend.test_flags import BANNER
from tests.endtoend.test_secrets import TALKATIVE
from tests.waiting import until
from tests.whole import listing
from tests.whole.hosting import PATIENCE, Hosted, hosted
from tests.whole.planting import STORY
from tests.whole.stories import Story, begun
from tests.whole.visiting import Visitor, reloading

pytestmark = [pytest.mark.cluster, pytest.mark.server, pytest.mark.slow]

KINDS = ("services", "helm", "kustomize", "manifests")
PRODUCTS = 300
ENOUGH = 50
"""How many visits at least have to meet an update."""

INGRESS = f"{OWNER}/ingress"
"""The repository of the installation with Ingresses: the seeds and databases of two need other names."""


@pytest.fixture(scope="module")
async def story(house: Hosted, outside: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """The shop in all its kinds, reached through the Gateway."""
    return await begun(house, outside, STORY, tmp_path_factory.mktemp("base"))


@pytest.fixture
async def through_ingress(
    cluster: Cluster, outside: Postgres, matinee_image: str, tmp_path: Path
) -> AsyncIterator[Story]:
    """The same in an installation of its own by the chart, whose previews have Ingresses and no Gateway."""
    previews = {"gateway": {"name": ""}, "ingress": {"className": "traefik"}}
    others = {"previews": previews, "gateway": {"create": False}, "certificate": {"create": False}}
    templates = {"secrets": {INGRESS: ["stripe"]}}
    async with hosted(cluster, outside, matinee_image, templates=templates, **others) as house:
        yield await begun(house, outside, INGRESS, tmp_path / "base")


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

    await story.gone(key)


async def test_a_push_fails_no_request_through_the_gateway(story: Story, tmp_path: Path) -> None:
    """Who reloads all through an update by the chart's own worker sees no error, and then the change."""
    key = await _updated_while_visited(story, tmp_path)
    kinds = await _entrances(story, key)

    assert kinds == {"HTTPRoute"}
    await story.gone(key)


async def test_a_push_fails_no_request_through_an_ingress(through_ingress: Story, tmp_path: Path) -> None:
    """The chart serves a cluster without Gateway the same, under the one certificate that the controller has."""
    key = await _updated_while_visited(through_ingress, tmp_path)
    kinds = await _entrances(through_ingress, key)

    assert kinds == {"Ingress"}
    await through_ingress.gone(key)


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


async def _updated_while_visited(story: Story, folder: Path) -> Key:
    """A preview that was ready, and was updated while somebody reloaded its page and its data, without an error."""
    house, visitor = story.house, Visitor(story.house.cluster)
    key, _ = await story.opened("services", folder / "head")
    page, products = f"{house.url(key)}/", f"{house.url(key, 'api')}/products"
    async with reloading(visitor, page, products) as visits:
        commit = await house.github.push(key, {"README.md": b"Changed."})
        digest = await story.built(key, folder / "changed")
        await house.ready(key)

    assert visits.bad == []
    assert visits.good > ENOUGH
    assert commit[:7] in (await visitor.get(page)).text
    assert (await visitor.get(products)).json()["total"] == PRODUCTS
    assert set((await story.pods(key)).values()) == {story.image(digest)}
    return key


async def _entrances(story: Story, key: Key) -> set[str]:
    """The kinds of what leads visitors to the preview."""
    found = await story.house.cluster.kubectl.get("httproutes,ingresses", f"--namespace={story.namespace(key)}")
    return {each["kind"] for each in found["items"]}


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
