"""From a deployment of a revision to the objects that are applied: its tree, what is rendered of it, and the policy."""

import shutil
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from adapters.processes.folders import delete, make_passable
from adapters.processes.running import uninterrupted
from adapters.rendering.forgetting import forget_lost
from adapters.rendering.renderer import Renderer
from domain.errors import PermanentError
from domain.manifests.filling import references, variables
from domain.manifests.hooks import Stages
from domain.manifests.preparing import prepared
from domain.manifests.rules import Rules
from domain.phases import Reason
from domain.ports import Beat
from domain.requests import DeployRequest


class Trees(Protocol):
    """Where the files of commits come from."""

    async def write(self, repository: str, commit: str, target: Path, beat: Beat) -> None:
        """`target`, which is made in a folder that is there, holds the files of the commit, and no link leads out."""
        ...


class Revisions:
    """Makes what is applied of revisions whose repositories have manifests of their own.

    `folder` is for the trees meanwhile; nothing of one is left when its revision is made.
    """

    def __init__(self, *, renderer: Renderer, trees: Trees, folder: Path) -> None:
        self._renderer = renderer
        self._trees = trees
        self._folder = folder.absolute()

    async def stages(self, request: DeployRequest, rules: Rules, beat: Beat, *, upgrade: bool = False) -> Stages:
        """The objects, judged, pinned and confined; PermanentError says what the repository has to mend.

        The same request makes the same objects again. `upgrade` says that an earlier revision is there.
        """
        if request.rendering is None:
            raise PermanentError(f"{request.label} has no manifests of its own to render", reason=Reason.UNKNOWN)
        async with self._tree() as tree:
            await self._trees.write(request.key.repository, request.revision.commit, tree, beat)
            named = variables(request, rules.namespace)
            made = await self._renderer.render(tree, request.rendering, named, beat, upgrade=upgrade)
        return prepared(made, rules, references(request), upgrade=upgrade)

    def problems(self) -> tuple[str, ...]:
        """What keeps charts and overlays from being rendered here, each with its cure; plain manifests need git alone.

        Git is looked for where it is started, so it has no setting.
        """
        git = () if shutil.which("git") else ("git is not installed, and commits are fetched with it; install it",)
        return (*git, *self._renderer.problems())

    @asynccontextmanager
    async def _tree(self) -> AsyncGenerator[Path]:
        """Where a tree may be written; it is gone after the block."""
        place = self._folder / uuid.uuid4().hex
        try:
            await uninterrupted(lambda: make_passable(place))
            await uninterrupted(lambda: forget_lost(self._folder, place))
            yield place / "tree"
        finally:
            await uninterrupted(lambda: delete(place))
