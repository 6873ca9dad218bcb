"""Cases: the hostile and the good manifests of this folder, and the rules of the preview that they are meant for.

Each hostile file is one object that the API server would know how to read; its heading names the rules that it
breaks, and why that matters.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from domain.manifests.networks import Door, Network, Pods
from domain.manifests.policy import Manifest
from domain.manifests.refusals import Rule
from domain.manifests.rules import Gateway, IngressClass, Pool, Rules, Toleration
from domain.names import Key

_HERE = Path(__file__).parent

DIGEST = "sha256:" + "a1" * 32
IMAGE = f"registry.localhost:5000/acme/shop/web@{DIGEST}"

RULES = Rules(
    installation="matinee",
    key=Key("acme/shop", 12),
    label="shop-12",
    namespace="preview-shop-12",
    hosts=("shop-12.preview.localhost", "shop-12-api.preview.localhost"),
    release="r1",
    gateway=Gateway(namespace="matinee-system", name="preview"),
    ingress=IngressClass(name="traefik"),
    pool=Pool(selector={"pool": "previews"}, tolerations=(Toleration(key="previews"),)),
    priority_class="matinee-preview",
    registries=("registry.localhost:5000",),
    pull_secrets=("registry-pull",),
    taken=("registry-pull",),
    storage_classes=("standard",),
    entrances=(Pods("matinee-system", {"app": "gateway"}), Network("10.1.0.1/32")),
    database=Door(peers=(Network("10.2.0.5/32"),), port=5432),
)


@dataclass(frozen=True)
class Case:
    """A hostile manifest: its file, what it holds, and every rule that it breaks."""

    name: str
    content: Any
    rules: frozenset[Rule]


@cache
def hostile() -> tuple[Case, ...]:
    """Every hostile manifest."""
    return tuple(_case(path) for path in sorted((_HERE / "hostile").glob("*.yaml")))


@cache
def good() -> tuple[tuple[str, tuple[Manifest, ...]], ...]:
    """Every file of manifests that must pass, by its name."""
    return tuple(
        (path.stem, tuple(Manifest(path.name, one) for one in yaml.safe_load_all(path.read_text())))
        for path in sorted((_HERE / "good").glob("*.yaml"))
    )


def _case(path: Path) -> Case:
    text = path.read_text()
    heading = text.partition("\n")[0].removeprefix("# rule: ")
    return Case(path.stem, yaml.safe_load(text), frozenset(Rule(word) for word in heading.split()))
