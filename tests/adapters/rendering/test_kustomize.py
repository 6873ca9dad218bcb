"""Overlays by the real kubectl: what usual ones become, and what hostile ones meet."""

from pathlib import Path

import pytest

from adapters.rendering.calling import Limits, output_of, workplace
from domain.errors import PermanentError
from domain.renderings import Kustomize
from tests.adapters.rendering.workshop import VARIABLES, Workshop, needs_programs, website
from tools.kubernetes import building

pytestmark = needs_programs

_KUSTOMIZE = Kustomize(overlay="deploy/preview")
_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"


@pytest.fixture
def shop(open_folder: Path) -> Workshop:
    """A repository with a base of one object, and room for an overlay."""
    workshop = Workshop(open_folder)
    workshop.write({"kustomization.yaml": "resources: [map.yaml]\n", "map.yaml": _MAP}, "deploy/base")
    return workshop


def _overlay(shop: Workshop, text: str) -> None:
    shop.write({"kustomization.yaml": text}, "deploy/preview")


async def test_an_overlay_over_a_base_is_rendered_with_its_values(shop: Workshop) -> None:
    """My overlay changes the base of mine, and its `${NAME}` becomes what the definition says."""
    _overlay(shop, "resources: [../base]\nnamePrefix: x-\nconfigMapGenerator: [{name: g, literals: ['H=${H}']}]\n")

    made = await shop.render(Kustomize(overlay="./deploy/preview/", values={"H": "{api.host}"}))

    found = {one.content["metadata"]["name"].partition("-")[2][:1]: one for one in made}
    assert set(found) == {"a", "g"}
    assert found["a"].file == "deploy/base/map.yaml"
    assert found["a"].content["metadata"]["annotations"] == {}
    assert found["g"].content["data"] == {"H": VARIABLES["api.host"]}


@pytest.mark.parametrize("field", ["resources", "bases", "components", "crds", "openapi"])
async def test_a_server_that_an_overlay_names_is_never_asked(shop: Workshop, field: str) -> None:
    """Kustomize fetches what it is told to; here nothing arrives at the server."""
    with website(_MAP.encode()) as site:
        url = f"http://127.0.0.1:{site.port}/a.yaml"
        _overlay(shop, f"openapi: {{path: '{url}'}}" if field == "openapi" else f"{field}: ['{url}']\n")

        said = await shop.refused(_KUSTOMIZE)

    assert site.asked == []
    assert "127.0.0.1" in said


async def test_even_without_our_look_at_the_overlay_nothing_is_fetched(shop: Workshop) -> None:
    """The enclosure alone keeps the program from the network, whatever the file says that we did not understand."""
    kubectl = str(building.program("kubectl"))
    shop.renderer()
    with website(_MAP.encode()) as site:
        async with workplace(shop.folder, shop.users) as place:
            url = f"http://127.0.0.1:{site.port}/a.yaml"
            (place.root / "kustomization.yaml").write_text(f"resources: ['{url}']\n")
            with pytest.raises(PermanentError) as refused:
                await output_of(place, kubectl, "kustomize", ".", what="it", limits=Limits(), beat=lambda: None)

    assert site.asked == []
    assert refused.value.message.startswith("it cannot be rendered: accumulating resources")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("resources: [../../../secret]", "../../../secret leads out of the repository"),
        ("resources: [/etc/passwd]", "/etc/passwd leads out of the repository"),
        ("configMapGenerator: [{name: a, files: [/etc/passwd]}]", "passwd"),
        ("configMapGenerator: [{name: a, files: [../../secret]}]", "secret"),
        ("configMapGenerator: [{name: a, envs: [../../../../../proc/self/environ]}]", "environ"),
        ("helmCharts: [{name: a, repo: 'http://127.0.0.1:9', version: 1.0.0}]", "no chart is fetched or rendered here"),
        ("generators: [exec.yaml]", "plugin"),
        ("transformers: [container.yaml]", "plugin"),
        ("resources: [../base\n", "this is no YAML"),
        ("resources: [../base]\nnonsense: 1", "nonsense"),
    ],
)
async def test_what_an_overlay_may_not_do_is_refused_in_words(shop: Workshop, text: str, said: str) -> None:
    """Files of the machine, charts, plugins and slips of the pen."""
    annotation = "config.kubernetes.io/function: "
    shop.write(
        {
            "exec.yaml": f"apiVersion: v1\nkind: X\nmetadata:\n  name: a\n  annotations:\n    {annotation}"
            "'{exec: {path: /bin/sh}}'\n",
            "container.yaml": f"apiVersion: v1\nkind: X\nmetadata:\n  name: a\n  annotations:\n    {annotation}"
            "'{container: {image: a}}'\n",
        },
        "deploy/preview",
    )
    shop.write({"secret": "hidden=1\n"})
    _overlay(shop, text)

    message = await shop.refused(_KUSTOMIZE)

    assert said in message
    assert "hidden" not in message
    assert "root:" not in message


async def test_a_base_above_the_overlay_that_is_a_link_out_is_refused(shop: Workshop) -> None:
    """No link makes the machine a part of the repository."""
    (shop.tree / "deploy/outside").symlink_to("/etc")
    _overlay(shop, "resources: [../outside]\n")

    assert "leads out of the repository" in await shop.refused(_KUSTOMIZE)


async def test_a_folder_that_is_no_overlay_is_named(shop: Workshop) -> None:
    """A slip in the definition is told as one."""
    assert (await shop.refused(Kustomize(overlay="deploy"))).startswith("deploy is no overlay")
