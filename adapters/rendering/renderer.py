"""The renderer: from a commit's tree and its definition to manifests, whichever way they are written."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import assert_never

from adapters.processes.running import uninterrupted
from adapters.processes.users import Users
from adapters.rendering.calling import Limits, workplace
from adapters.rendering.charts import render_chart
from adapters.rendering.overlays import render_overlay
from adapters.rendering.plain import read_manifests
from adapters.rendering.pulling import Charts
from adapters.rendering.reading import OUTPUT_LIMIT
from domain.manifests.policy import Manifest
from domain.ports import Beat
from domain.renderings import Helm, Kustomize, Manifests, Rendering, filled, substituted


class Renderer:
    """Makes manifests. `folder` is for what a rendering needs meanwhile; `helm` and `kubectl` are names or paths.

    `users` gives each rendering a user of its own, where the worker is root. `kubernetes` is the version that charts
    are told; `charts` says from which registries they may come.
    """

    def __init__(
        self,
        *,
        folder: Path,
        helm: str = "helm",
        kubectl: str = "kubectl",
        users: Users | None = None,
        kubernetes: str = "1.34.0",
        charts: Charts | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._folder = folder.absolute()
        self._helm = helm
        self._kubectl = kubectl
        self._users = users
        self._kubernetes = kubernetes
        self._charts = charts or Charts()
        self._limits = limits or Limits()

    async def render(
        self, tree: Path, rendering: Rendering, variables: Mapping[str, str], beat: Beat, *, upgrade: bool = False
    ) -> tuple[Manifest, ...]:
        """The objects with the file that each is from; PermanentError says what in the repository is to be mended.

        `tree` holds the files of the commit, and nothing of it is changed. `variables` are those of
        domain.manifests.filling; `upgrade` says that an earlier revision of the preview is there.
        """
        match rendering:
            case Helm():
                return await self._chart(tree, rendering, variables, beat, upgrade=upgrade)
            case Kustomize():
                made = await self._overlay(tree, rendering, beat)
                return await uninterrupted(lambda: _with_values(made, rendering.values, variables))
            case Manifests():
                return await uninterrupted(
                    lambda: _with_values(read_manifests(tree, rendering), rendering.values, variables)
                )
            case _:
                assert_never(rendering)

    def problems(self) -> tuple[str, ...]:
        """What keeps it from rendering, each with its cure; nothing if both programs are there."""
        wanted = (("helm", self._helm, "charts"), ("kubectl", self._kubectl, "overlays"))
        return tuple(
            f"{what} cannot be rendered, because {program} is not installed here; install {name}, or name it by "
            f"MATINEE_PLATFORMS__<NAME>__{name.upper()}"
            for name, program, what in wanted
            if shutil.which(program) is None
        )

    async def _chart(
        self, tree: Path, helm: Helm, variables: Mapping[str, str], beat: Beat, *, upgrade: bool
    ) -> tuple[Manifest, ...]:
        async with workplace(self._folder, self._users) as place:
            return await render_chart(
                place,
                tree,
                helm,
                variables,
                program=self._helm,
                kubernetes=self._kubernetes,
                charts=self._charts,
                limits=self._limits,
                upgrade=upgrade,
                beat=beat,
            )

    async def _overlay(self, tree: Path, kustomize: Kustomize, beat: Beat) -> tuple[Manifest, ...]:
        async with workplace(self._folder, self._users) as place:
            return await render_overlay(place, tree, kustomize, program=self._kubectl, limits=self._limits, beat=beat)


def _with_values(
    manifests: tuple[Manifest, ...], values: Mapping[str, str], variables: Mapping[str, str]
) -> tuple[Manifest, ...]:
    """The manifests with `${NAME}` replaced in every text."""
    contents = substituted([one.content for one in manifests], filled(dict(values), variables), limit=2 * OUTPUT_LIMIT)
    return tuple(Manifest(one.file, content) for one, content in zip(manifests, contents, strict=True))
