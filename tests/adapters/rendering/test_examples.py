"""The shop in all of its four kinds: each passes policy, and they run the same."""

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from adapters.definitions.reading import YamlDefinitions
from adapters.definitions.schema import schema
from adapters.rendering.renderer import Renderer
from domain.definitions import Definition
from domain.manifests.building import built
from domain.manifests.hooks import Stages
from domain.manifests.preparing import prepared
from tests.adapters.rendering.workshop import VARIABLES, Workshop, needs_programs
from tests.domain.manifests.cases import IMAGE, RULES
from tests.domain.manifests.requests import URLS, deploy_request

_EXAMPLES = Path(__file__).parents[3] / "examples" / "shop-kubernetes"
_SHOP = _EXAMPLES.parent / "shop" / ".matinee.yaml"


def _definition(kind: str) -> Definition:
    return YamlDefinitions().read((_EXAMPLES / kind / ".matinee.yaml").read_bytes())


async def _rendered(kind: str, folder: Path) -> Stages:
    rendering = _definition(kind).rendering
    assert rendering is not None
    workshop = Workshop(folder)
    workshop.tree = _EXAMPLES / kind
    return prepared(await workshop.render(rendering), RULES, {"registry.localhost:5000/acme/shop:abc": IMAGE})


def _services() -> list[dict[str, Any]]:
    """What the built-in kind makes of the same shop."""
    services = _definition("services").services
    return list(built(deploy_request(*services, urls=URLS), RULES))


def _gist(objects: Any) -> dict[tuple[str, str], Any]:
    """What matters of the objects: what runs, with which variables and limits, and who is reached by which host."""
    return {(one["kind"], one["metadata"]["name"]): _of(one) for one in objects}


def _of(one: dict[str, Any]) -> Any:
    match one["kind"]:
        case "Deployment":
            (container,) = one["spec"]["template"]["spec"]["containers"]
            names = {variable["name"] for variable in container["env"]}
            wanted = {name for name in names if not name.startswith(("MATINEE_", "FLAGD_"))}
            return container["image"], container["command"], container["resources"]["limits"], wanted - {"API_URL"}
        case "Service":
            return [port["port"] for port in one["spec"]["ports"]]
        case _:
            return one["spec"]["hostnames"], one["spec"]["parentRefs"], one["spec"]["rules"][0]["backendRefs"]


@pytest.mark.parametrize("kind", ["services", "helm", "kustomize", "manifests"])
def test_the_definition_of_each_kind_is_short_and_says_the_same(kind: str) -> None:
    """Whichever I choose, at most 25 lines name the services, their health, and the database."""
    text = (_EXAMPLES / kind / ".matinee.yaml").read_text()
    definition, shop = _definition(kind), YamlDefinitions().read(_SHOP.read_bytes())

    validator: Any = jsonschema.Draft202012Validator(schema())
    validator.validate(yaml.safe_load(text))
    assert len(text.splitlines()) <= 25
    assert definition.database == shop.database
    assert [(one.name, one.health) for one in definition.public] == [(one.name, one.health) for one in shop.public]


async def test_plain_manifests_of_the_shop_run_what_services_would(open_folder: Path) -> None:
    """The same images, commands, limits, ports and hosts, accepted by policy; no program is needed."""
    made = await _plainly(open_folder)

    assert _gist(made.objects) == _gist(_services())


async def _plainly(folder: Path) -> Stages:
    rendering = _definition("manifests").rendering
    assert rendering is not None
    made = await Renderer(folder=folder).render(_EXAMPLES / "manifests", rendering, VARIABLES, lambda: None)
    return prepared(made, RULES, {})


@pytest.mark.parametrize("kind", [pytest.param(kind, marks=needs_programs) for kind in ("helm", "kustomize")])
async def test_chart_and_overlay_of_the_shop_run_what_services_would(kind: str, open_folder: Path) -> None:
    """The same for a chart and an overlay."""
    made = await _rendered(kind, open_folder)

    assert (made.before, made.after) == ((), ())
    assert _gist(made.objects) == _gist(_services())
