"""The files of a commit by git, for whoever needs them without a build: charts, overlays, plain manifests."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from adapters.beating import with_beats
from adapters.images.git_exporting import export
from adapters.images.git_fetching import fetch
from adapters.processes.running import uninterrupted
from domain.errors import TemporaryError
from domain.phases import Reason
from domain.ports import Beat


async def _no_authorization(_: str) -> str:
    return ""


class GitTrees:
    """Trees of commits. `repositories` and `authorization` are as those of GitImages."""

    def __init__(
        self,
        *,
        repositories: Callable[[str], Path | str],
        authorization: Callable[[str], Awaitable[str]] = _no_authorization,
    ) -> None:
        self._repositories = repositories
        self._authorization = authorization

    async def write(self, repository: str, commit: str, target: Path, beat: Beat) -> None:
        """`target`, which is made in a folder that is there, holds the files of the commit.

        PermanentError(BUILD_FAILED) if the repository has no such commit, or if a link of it leads out.
        """
        source = self._repositories(repository)
        secret = await self._authorization(repository) if isinstance(source, str) else ""
        await with_beats(uninterrupted(lambda: _written(source, secret, commit, target)), beat)


def _written(source: Path | str, secret: str, commit: str, target: Path) -> None:
    try:
        if isinstance(source, str):
            copy = target.with_name("repository.git")
            fetch(source, commit, copy, authorization=secret, mark=target.parent)
            source = copy
        export(source, commit, target, mark=target.parent)
    except OSError as error:
        raise TemporaryError(
            f"the files of {commit[:12]} cannot be written: {error.strerror}", reason=Reason.PLATFORM_UNAVAILABLE
        ) from error
