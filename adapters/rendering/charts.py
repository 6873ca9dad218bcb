"""Renders a Helm chart of the repository by `helm template`, which asks no cluster.

https://helm.sh/docs/helm/helm_template/
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from adapters.documents.problems import quotable
from adapters.processes.running import uninterrupted
from adapters.rendering.calling import ENVIRONMENT, Limits, Workplace, output_of
from adapters.rendering.gathering import folder_inside, gather, inside
from adapters.rendering.problems import refused
from adapters.rendering.pulling import Charts, pull
from adapters.rendering.reading import FILE_LIMIT, from_helm
from domain.manifests.policy import Manifest
from domain.ports import Beat
from domain.renderings import OCI, Helm, filled

_APIS = ("gateway.networking.k8s.io/v1", "gateway.networking.k8s.io/v1/HTTPRoute")
_LOOKUP = re.compile(r"\{\{[^{}]*?\blookup\s+[\"(`$.]")
_VALUES = "values.json"


async def render_chart(
    place: Workplace,
    tree: Path,
    helm: Helm,
    variables: Mapping[str, str],
    *,
    program: str,
    kubernetes: str,
    charts: Charts,
    limits: Limits,
    upgrade: bool,
    beat: Beat,
) -> tuple[Manifest, ...]:
    """The objects of the chart, its hooks among them."""
    chart = f"tree/{helm.chart}"
    if helm.chart.startswith(OCI):
        chart = await pull(place, helm.chart, charts, name=program, limits=limits, beat=beat)
    await uninterrupted(lambda: _prepare(place.root, tree, helm, variables))
    arguments = (
        "template",
        helm.release,
        chart,
        f"--namespace={variables['namespace']}",
        f"--kube-version={kubernetes}",
        *(f"--api-versions={api}" for api in _APIS),
        *(f"--values=tree/{path}" for path in helm.values_files),
        f"--values={_VALUES}",
        *(("--is-upgrade",) if upgrade else ()),
    )
    what = f"the chart {quotable(helm.chart)}"
    written = await output_of(place, program, *arguments, what=what, limits=limits, beat=beat, environment=ENVIRONMENT)
    return await uninterrupted(lambda: from_helm(written, helm.release, helm.chart.rstrip("/")))


def _prepare(root: Path, tree: Path, helm: Helm, variables: Mapping[str, str]) -> None:
    own = () if helm.chart.startswith(OCI) else (helm.chart,)
    for chart in own:
        if not (folder_inside(tree, chart) / "Chart.yaml").is_file():
            raise refused(f"{quotable(chart)} is no chart, as it has no Chart.yaml; write the folder that has it")
    for path in helm.values_files:
        if inside(tree, path).stat().st_size > FILE_LIMIT:
            raise refused(f"{quotable(path)} has more than {FILE_LIMIT} bytes; write smaller values")
    gather(tree, (*own, *helm.values_files), root / "tree")
    for chart in own:
        _refuse_lookups(root / "tree" / chart, chart)
    (root / _VALUES).write_text(json.dumps(filled(helm.values, variables)), encoding="utf-8")


def _refuse_lookups(chart: Path, name: str) -> None:
    """Returns if the chart's own templates look into no cluster. Vendored ones find nothing, as they must expect."""
    for file in sorted((chart / "templates").rglob("*")):
        text = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
        match = _LOOKUP.search(text)
        if match:
            path = f"{name.rstrip('/')}/{file.relative_to(chart)}"
            line = text.count("\n", 0, match.start()) + 1
            raise refused(
                f"{quotable(path)} uses `lookup` in line {line}, and there is no cluster to look into while a preview "
                "is rendered; use values, or keep what has to last in a Secret that Matinee gives"
            )
