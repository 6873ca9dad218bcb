"""Renders an overlay of the repository by `kubectl kustomize`.

What an overlay names is followed here first, so that whatever lies outside of the repository is refused in words that
name it; what is missed is then neither in the folder of the call nor to be had from a network.
https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from adapters.documents.parsing import Limits as Reading
from adapters.documents.parsing import documents
from adapters.documents.problems import Unreadable, quotable
from adapters.processes.running import uninterrupted
from adapters.rendering.calling import Limits, Workplace, output_of
from adapters.rendering.gathering import folder_inside, gather, inside, leads_out
from adapters.rendering.problems import refused
from adapters.rendering.reading import FILE_LIMIT, OUTPUT_LIMIT, from_file, from_kustomize, scalar
from domain.errors import PermanentError
from domain.manifests.policy import Manifest
from domain.manifests.shapes import list_of, mapping_of, text_of
from domain.ports import Beat
from domain.renderings import Kustomize

_FILES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_FOLLOWED = (
    "resources", "bases", "components", "crds", "configurations", "generators", "transformers", "validators",
    "patchesStrategicMerge",
)  # fmt: skip
_PATHS = ("patches", "patchesJson6902", "replacements")
_CHARTS = ("helmCharts", "helmChartInflationGenerator", "helmGlobals")
_REMOTE = re.compile(r"://|^[\w.-]+@|\?(?:ref|version|timeout|submodules)=|^(?:[\w-]+\.)+[a-z]{2,}[/:]|//")
_MOST_FOLDERS = 50
_READING = Reading(size=FILE_LIMIT, depth=60, aliases=100, nodes=20_000)


async def render_overlay(
    place: Workplace, tree: Path, kustomize: Kustomize, *, program: str, limits: Limits, beat: Beat
) -> tuple[Manifest, ...]:
    """The objects of the overlay."""
    await uninterrupted(lambda: _prepare(place.root, tree, kustomize.overlay))
    what = f"the overlay {quotable(kustomize.overlay)}"
    try:
        written = await output_of(place, program, "kustomize", ".", what=what, limits=limits, beat=beat)
    except PermanentError:
        await uninterrupted(lambda: _require_readable(tree, kustomize.overlay))
        raise
    return await uninterrupted(lambda: from_kustomize(written, kustomize.overlay.rstrip("/")))


def _prepare(root: Path, tree: Path, overlay: str) -> None:
    gather(tree, followed(tree, overlay), root / "tree")
    # An overlay around theirs, which makes every object say which file it is from.
    around = {"resources": [f"tree/{os.path.normpath(overlay)}"], "buildMetadata": ["originAnnotations"]}
    (root / "kustomization.yaml").write_text(json.dumps(around), encoding="utf-8")


def _require_readable(tree: Path, overlay: str) -> None:
    """Returns unless a manifest is too large or no YAML, of which kustomize does not say where it stands."""
    size = 0
    for path in sorted({path for folder in followed(tree, overlay) for path in _manifests(tree, folder)}):
        content = inside(tree, path).read_bytes()
        size += len(content)
        if size > OUTPUT_LIMIT and len(content) <= FILE_LIMIT:
            return  # Reading on would take long, and kustomize's own words are left.
        from_file(path, content)


def _manifests(tree: Path, folder: str) -> Iterator[str]:
    found = (tree / folder).rglob("*.y*ml")
    yield from (str(one.relative_to(tree)) for one in found if one.is_file() and ".git" not in one.parts)


def followed(tree: Path, overlay: str) -> set[str]:
    """The folders of the overlay and of all that it names; PermanentError if one of them is not the repository's."""
    found: set[str] = set()
    pending = [os.path.normpath(overlay)]
    while pending:
        folder = pending.pop()
        if folder in found:
            continue
        found.add(folder)
        if len(found) > _MOST_FOLDERS:
            raise refused(f"{quotable(overlay)} names more than {_MOST_FOLDERS} folders; name fewer")
        pending += _named(tree, folder)
    return found


def _named(tree: Path, folder: str) -> Iterator[str]:
    """The folders that the kustomization of this folder names."""
    file, content = _kustomization(tree, folder)
    for field in _CHARTS:
        if content.get(field):
            raise refused(f"{file}: {field}: no chart is fetched or rendered here; write helm: in .matinee.yaml")
    for field, named in _entries(content):
        # A patch may stand in the file itself.
        if "\n" not in named:
            yield from _folder(tree, folder, named, f"{file}: {field}")


def _folder(tree: Path, folder: str, named: str, where: str) -> Iterator[str]:
    path = os.path.normpath(os.path.join(folder, named))  # noqa: PTH118 - nothing of it is looked up yet
    out = named.startswith("/") or path.split("/")[0] == ".."
    if not out and (tree / path).exists():
        if inside(tree, path).is_dir():
            yield path
        return
    if _REMOTE.search(named):
        raise refused(
            f"{where}: {quotable(named)} lies outside of the repository, and nothing is fetched while a preview is "
            "rendered; copy it into the repository"
        )
    if out:
        raise leads_out(named)
    raise refused(f"{where}: {quotable(named)} is not in the repository at this commit; write a path from {folder}")


def _entries(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for field in _FOLLOWED:
        yield from ((field, text_of(one)) for one in list_of(content.get(field)) if text_of(one))
    for field in _PATHS:
        paths = (text_of(mapping_of(one).get("path")) for one in list_of(content.get(field)))
        yield from ((field, path) for path in paths if path)


def _kustomization(tree: Path, folder: str) -> tuple[str, dict[str, Any]]:
    place = folder_inside(tree, folder)
    name = next((name for name in _FILES if (place / name).exists()), None)
    if name is None:
        raise refused(
            f"{quotable(folder)} is no overlay, as it has no kustomization.yaml; write the folder that has it"
        )
    file = f"{folder}/{name}"
    try:
        read = list(documents(inside(tree, file).read_bytes(), _READING, scalar))
    except Unreadable as error:
        raise refused(f"{quotable(file)}: {error}") from error
    return quotable(file), mapping_of(read[0].value) if read else {}
