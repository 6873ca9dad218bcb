"""Charts: Helm, run on the chart of Matinee itself, and what it makes of it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from domain.manifests.shapes import mapping_of
from tests.cluster.commands import output
from tools.kubernetes.building import program
from tools.setup import ROOT

CHART = ROOT / "deploy" / "chart"

DIGEST = "sha256:" + "a1" * 32

LEAST: dict[str, Any] = {
    "image": {"repository": "registry.example.com/matinee", "digest": DIGEST},
    "previews": {"domain": "preview.example.com", "entrances": ["traefik"]},
}
"""The values without which there is nothing to install."""


@dataclass(frozen=True)
class Helm:
    """Runs Helm without reading or writing anything of this user's; PermanentError says what it said when it failed."""

    home: Path

    async def __call__(self, *arguments: str | Path, within: float = 120) -> str:
        """What it printed."""
        places = {f"HELM_{name}_HOME": str(self.home / name.lower()) for name in ("CACHE", "CONFIG", "DATA")}
        return await output(program("helm"), *arguments, environment={"HOME": str(self.home), **places}, within=within)

    async def rendered(self, values: dict[str, Any], *, namespace: str = "matinee-system") -> list[dict[str, Any]]:
        """The objects that the chart makes of these values."""
        arguments = ("--namespace", namespace, "--values", self.written(values), "--include-crds")
        text = await self("template", "matinee", CHART, *arguments)
        return [one for one in yaml.safe_load_all(text) if one]

    def written(self, values: dict[str, Any]) -> Path:
        """A file with these values."""
        self.home.mkdir(parents=True, exist_ok=True)
        place = self.home / "values.json"
        place.write_text(json.dumps(values))
        return place


def one_of(objects: list[dict[str, Any]], kind: str, name: str) -> dict[str, Any]:
    """The only object of this kind and name."""
    (found,) = (one for one in objects if (one["kind"], one["metadata"]["name"]) == (kind, name))
    return found


def pods_of(objects: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The pod of each workload, by the workload's name."""
    return {one["metadata"]["name"]: one["spec"]["template"]["spec"] for one in objects if one["kind"] == "Deployment"}


def merged(values: dict[str, Any], others: dict[str, Any]) -> dict[str, Any]:
    """Both, the second winning, mappings within mappings too."""
    return {**values, **{key: _merged(values.get(key), value) for key, value in others.items()}}


def _merged(before: Any, value: Any) -> Any:
    return merged(mapping_of(before), mapping_of(value)) if isinstance(value, dict) else value
