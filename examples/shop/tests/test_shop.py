# ruff: noqa: S101, PLR2004 - tests assert, and their numbers are their examples
"""The shop's own tests. Those of the API need DATABASE_URL, an empty database that they may fill."""

import importlib.util
import json
import os
from pathlib import Path

import httpx
import pytest
from shop import api, migrate, seed, web

_HERE = Path(__file__).parent.parent
_PAGE = "http://shop-12.localhost:8000"
needs_database = pytest.mark.skipif("DATABASE_URL" not in os.environ, reason="DATABASE_URL names no empty database")


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """What the build makes of the page's files."""
    specification = importlib.util.spec_from_file_location("build", _HERE / "build.py")
    assert specification
    assert specification.loader
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    module.build(_HERE / "static", tmp_path / "dist", commit="c0ffee" * 6, number="12")
    return tmp_path / "dist"


def test_the_seed_is_the_same_every_time_and_has_300_products() -> None:
    """Two previews of one commit show the same products, and none stands there twice."""
    goods = list(seed.products())

    assert goods == list(seed.products())
    assert len({name for _, name, _, _ in goods}) == 300
    assert all(address.endswith("@example.test") and address.isascii() for _, address in seed.customers())


def test_the_build_names_files_by_their_content(dist: Path) -> None:
    """A browser may keep a file for ever, because another content has another name."""
    built = json.loads((dist / "build.json").read_text())

    assert set(built["files"]) == {"shop.css", "shop.js"}
    assert all((dist / "static" / name).is_file() for name in built["files"].values())


async def test_the_page_tells_the_commit_and_calls_only_its_own_api(dist: Path) -> None:
    """A reviewer sees which commit the page was built from, and the page can reach no other API."""
    page = web.application(api_url="http://shop-12-api.localhost:8000", dist=dist)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(page), base_url=_PAGE) as browser:
        answer = await browser.get("/")
        style = await browser.get("/static/" + json.loads((dist / "build.json").read_text())["files"]["shop.css"])

    assert "c0ffeec0ffee" in answer.text
    assert "pull request #12" in answer.text
    assert answer.headers["content-security-policy"].endswith("connect-src http://shop-12-api.localhost:8000")
    assert style.status_code == 200


async def test_a_flag_changes_the_page_while_it_is_served(dist: Path, tmp_path: Path) -> None:
    """A reviewer who switches the sale on sees its banner at the next look, and a broken file breaks no page."""
    file = tmp_path / "flags.flagd.json"
    page = web.application(api_url="http://shop-12-api.localhost:8000", dist=dist, flags_file=str(file))
    shown: list[bool] = []
    async with httpx.AsyncClient(transport=httpx.ASGITransport(page), base_url=_PAGE) as browser:
        for text in (_flag("off"), _flag("on"), "{", '{"flags": {}}', _flag("on")):
            file.write_text(text)
            answer = await browser.get("/")
            assert answer.status_code == 200
            shown.append("Winter sale" in answer.text)

    assert shown == [False, True, False, False, True]


def _flag(variant: str) -> str:
    """What the file says when the sale is this."""
    sale = {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": variant}
    return json.dumps({"flags": {"sale": sale}})


@needs_database
async def test_the_api_searches_sells_and_answers_only_its_own_page() -> None:
    """A visitor finds a product, orders it and sees it sold; another site's script gets no answer."""
    await seed.main()
    await migrate.main()
    shop = api.application(database_url=os.environ["DATABASE_URL"], page_url=_PAGE)
    transport = httpx.ASGITransport(shop)
    async with shop.router.lifespan_context(shop), httpx.AsyncClient(transport=transport, base_url=_PAGE) as browser:
        found = (await browser.get("/products", params={"search": "walnut TEAPOT"}, headers={"Origin": _PAGE})).json()
        wish = {"product": found["products"][0]["id"]}
        placed = await browser.post("/orders", json=wish)
        refused = await browser.post("/orders", json={"product": "x"})
        latest = (await browser.get("/orders")).json()[0]
        ours, theirs = [
            await browser.get("/healthz", headers={"Origin": origin}) for origin in (_PAGE, "http://evil.test")
        ]

    assert found["total"] == 1
    assert placed.json()["stock"] == found["products"][0]["stock"] - 1
    assert refused.status_code == 400
    assert (latest["customer"], latest["product"]) == ("A guest", "Walnut Teapot")
    assert ours.headers["access-control-allow-origin"] == _PAGE
    assert "access-control-allow-origin" not in theirs.headers
