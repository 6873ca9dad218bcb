"""Writes docs/reference/chart.md from the chart's values.yaml: `python -m tools.chart_reference`.

A value is described by the comment above it, and a test keeps the page the same as what this renders.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_ROOT = Path(__file__).resolve().parents[1]
VALUES = _ROOT / "deploy" / "chart" / "values.yaml"
PAGE = _ROOT / "docs" / "reference" / "chart.md"

INTRODUCTION = """\
# Values of the chart

<!-- Written by `python -m tools.chart_reference` from deploy/chart/values.yaml; change it there. -->

What `helm install matinee deploy/chart --values FILE` can be told. A wrong value stops the installation with its name
and the cure. Only `image.repository`, `image.digest` and `previews.domain` have no default that works:
[From nothing to the first preview on your cluster](../how-to/kubernetes.md) goes through what else you will want.
"""

TITLES = {
    "worker": "Worker",
    "receiver": "Receiver",
    "previews": "Previews",
    "templates": "Secrets that are copied",
    "gateway": "Gateway",
    "certificate": "Certificate",
    "externalSecrets": "External Secrets",
    "networkPolicy": "Network policies of Matinee itself",
}
HEADING = ("| value | default | meaning |", "|---|---|---|")


@dataclass(frozen=True)
class Value:
    """One value: its path, its default as it is written, and the comment above it."""

    path: str
    default: str
    meaning: str


def rendered() -> str:
    """The whole page."""
    found = list(values())
    plain = [one for one in found if one.path.partition(".")[0] not in TITLES]
    parts = [INTRODUCTION, "## Installation\n", _table(plain)]
    for name, title in TITLES.items():
        parts += [f"## {title}\n", _table([one for one in found if one.path.partition(".")[0] == name])]
    return "\n".join(parts)


def values(file: Path = VALUES) -> Iterator[Value]:
    """Every value that can be set, in the order of the file."""
    text = file.read_text()
    tree = yaml.compose(text, Loader=yaml.SafeLoader)
    if isinstance(tree, yaml.MappingNode):
        yield from _below(tree, yaml.safe_load(text), "", text.splitlines())


def _below(node: yaml.MappingNode, plain: Any, path: str, lines: list[str]) -> Iterator[Value]:
    for key, value in node.value:
        name, default = f"{path}{key.value}", plain[key.value]
        meaning = _comment(lines, key.start_mark.line)
        if isinstance(value, yaml.MappingNode) and not value.flow_style and not meaning:
            yield from _below(value, default, f"{name}.", lines)
        else:
            yield Value(name, _written(default), meaning)


def _comment(lines: list[str], number: int) -> str:
    """The comment that ends right above this line."""
    words: list[str] = []
    while number > 0 and lines[number - 1].lstrip().startswith("#"):
        number -= 1
        words.insert(0, lines[number].lstrip().removeprefix("#").strip())
    return " ".join(words)


def _written(default: Any) -> str:
    """The default in one line."""
    return yaml.safe_dump(default, default_flow_style=True, width=1000, sort_keys=False).removesuffix("...\n").strip()


def _table(found: list[Value]) -> str:
    rows = (f"| `{one.path}` | `{one.default}` | {one.meaning.replace('|', chr(92) + '|')} |" for one in found)
    return "\n".join([*HEADING, *rows]) + "\n"


if __name__ == "__main__":
    PAGE.write_text(rendered())
