"""Charts from a registry: the real one of Debian, the real helm, and who may be asked."""

import asyncio
import subprocess
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from adapters.rendering.pulling import Charts
from domain.errors import TemporaryError
from domain.renderings import Helm
from tests.adapters.rendering.workshop import VARIABLES, Workshop, needs_programs, website
from tests.registries import needs_registry, registry_in
from tools.kubernetes import building

_CHART = {
    "Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.2.3\n",
    "templates/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {h: '{{ .Values.h }}'}\n",
}

pytestmark = [*needs_programs, needs_registry]


@pytest.fixture
def shop(open_folder: Path) -> Workshop:
    """A repository without a chart."""
    return Workshop(open_folder)


@pytest.fixture
async def registry(tmp_path: Path) -> AsyncGenerator[str]:
    """The address of a registry with the chart shop, version 1.2.3, in its folder charts."""
    async with registry_in(tmp_path) as host:
        await asyncio.to_thread(_push, tmp_path, host)
        yield host


def _push(folder: Path, host: str) -> None:
    helm = building.program("helm")
    if not helm.exists():
        pytest.skip("no programs to render with here (helm): make programs, which needs Go")
    for name, text in _CHART.items():
        (folder / "shop" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "shop" / name).write_text(text)
    for command in (("package", "shop"), ("push", "shop-1.2.3.tgz", f"oci://{host}/charts", "--plain-http")):
        subprocess.run((helm, *command), cwd=folder, env={"HOME": str(folder)}, check=True, capture_output=True)


async def test_a_chart_of_an_allowed_registry_is_rendered(shop: Workshop, registry: str) -> None:
    """A company's common chart runs my services with the values of my definition."""
    shop.charts = Charts(registries=(f"{registry}/charts",), plain_http=True)

    (one,) = await shop.render(Helm(chart=f"oci://{registry}/charts/shop:1.2.3", values={"h": "{host}"}))

    assert one.content["data"] == {"h": VARIABLES["host"]}
    assert one.file == f"oci://{registry}/charts/shop:1.2.3/templates/a.yaml"


async def test_a_registry_that_the_operator_did_not_name_is_never_asked(shop: Workshop) -> None:
    """A stranger's definition cannot make the worker ask a server of its choice."""
    with website(b"{}") as site:
        place = f"127.0.0.1:{site.port}"
        for charts in (Charts(), Charts(registries=(f"{place}/charts", "registry.example.com"), plain_http=True)):
            shop.charts = charts
            said = await shop.refused(Helm(chart=f"oci://{place}/charts-of-mine/shop:1.2.3"))
            assert "ask the operator to allow its registry, or put the chart into the repository" in said

    assert site.asked == []


async def test_a_version_that_is_not_there_is_refused_and_a_registry_that_is_away_is_waited_for(
    shop: Workshop, registry: str
) -> None:
    """A slip of mine needs mending; a registry that starts anew does not."""
    shop.charts = Charts(registries=(f"{registry}/charts", "127.0.0.1:9"), plain_http=True)

    said = await shop.refused(Helm(chart=f"oci://{registry}/charts/shop:9.9.9"))
    assert "cannot be taken from its registry: " in said
    assert "9.9.9" in said

    with pytest.raises(TemporaryError, match="connection refused"):
        await shop.render(Helm(chart="oci://127.0.0.1:9/shop:1.2.3"))
    shop.require_clean()
