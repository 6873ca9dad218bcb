"""The ports: what Matinee needs of the world, one Protocol each, in its own words.

Promises that hold for every verb of every port:
- It is safe to repeat, also after a crash in the middle of it, by another worker.
- Removing what is absent succeeds. What carries another installation's or another key's mark is refused with
  `PermanentError(reason=NOT_OURS)` and never touched.
- *Gone* is said only when no earlier creation can still land.
- A request of a lower generation than one that has begun, and has left something, comes too late, from a worker
  that was frozen for example: it is refused with a `PermanentError` and changes nothing.
- `NotYet` says that nothing is wrong and that asking again is right; `TemporaryError` that something is wrong
  which may pass; `PermanentError` that somebody has to act. Their messages are fit for a public comment.
- It ends by itself within the time its activity is given (workflows/options.py); nothing waits for long.
"""

from collections.abc import Callable
from typing import Protocol

from domain.definitions import Definition, ServiceUrl
from domain.names import Key
from domain.pulls import Blob, PullRequest
from domain.reports import Report
from domain.requests import (
    BranchRequest,
    DeployRequest,
    FlagsRequest,
    ImageRequest,
    LogsRequest,
    RunRequest,
    RunResult,
)
from domain.resources import Connection, DatabaseRef, Deployment, Entry, Image, Removal, Resource, Seed

Beat = Callable[[], None]
"""Called at least once a second by long verbs, so that a cancellation arrives and a dead worker is noticed."""


class Forge(Protocol):
    """Where pull requests live."""

    async def pull_request(self, key: Key) -> PullRequest:
        """The pull request as it is now. PermanentError(FORGE_REFUSED) if the forge knows none by that number."""
        ...

    async def open_pull_requests(self) -> tuple[PullRequest, ...]:
        """Every open pull request of every repository that this forge serves, or an error; never a part."""
        ...

    async def file(self, repository: str, commit: str, path: str) -> bytes | None:
        """The content of a file at a commit, or None if that commit has no such file."""
        ...

    async def blobs(self, repository: str, commit: str, path: str) -> tuple[Blob, ...]:
        """The file at this path, or every file below this folder, at a commit, ordered by path."""
        ...

    async def report(self, report: Report) -> None:
        """The pull request shows this report, in place of the one before it."""
        ...


class Definitions(Protocol):
    """Reads what a repository says about how to run it."""

    def read(self, content: bytes) -> Definition:
        """The definition; PermanentError(DEFINITION_INVALID) that names every line, field, value and cure."""
        ...


class Images(Protocol):
    """Where the images of commits come from."""

    def entries(self, instance: str, label: str) -> tuple[Entry, ...]:
        """What resolving images for this preview leaves behind."""
        ...

    async def resolve(self, request: ImageRequest, beat: Beat) -> Image:
        """The service's image, pinned. NotYet until it is there; PermanentError if it never will be."""
        ...

    async def remove(self, removal: Removal) -> tuple[Entry, ...]:
        """The entries, each verified gone; TemporaryError(TEARDOWN_BLOCKED) names what is still there."""
        ...

    async def list(self) -> tuple[Resource, ...]:
        """Every resource that carries this installation's mark."""
        ...


class Database(Protocol):
    """A vendor that holds data and can make a preview's own copy of a seed."""

    def entries(self, instance: str, label: str) -> tuple[Entry, ...]:
        """What a branch for this preview consists of, named before it is made."""
        ...

    async def branch(self, request: BranchRequest, beat: Beat) -> DatabaseRef:
        """The preview has its own database of this generation, ready for connections of its own role only.

        A branch of the same generation is kept with its data; one of a lower generation is replaced.
        """
        ...

    async def connection(self, ref: DatabaseRef) -> Connection:
        """How to reach it, as the preview's own role."""
        ...

    async def drop(self, removal: Removal) -> tuple[Entry, ...]:
        """The entries, each verified gone; TemporaryError(TEARDOWN_BLOCKED) names what is still there."""
        ...

    async def list(self) -> tuple[Resource, ...]:
        """Every branch that carries this installation's mark; seeds are not among them."""
        ...

    async def busy(self, label: str) -> bool:
        """Whether a branching for this label still runs, whoever began it."""
        ...

    async def extend(self) -> tuple[str, ...]:
        """No branch of ours is ended by the vendor while this is called daily; returned is what is, in words."""
        ...

    async def sealed(self, seed: Seed) -> bool:
        """Whether this version of the seed is there, complete and closed to connections."""
        ...

    async def open_seed(self, seed: Seed) -> DatabaseRef:
        """An empty database to build this seed in, in place of any half-built one; its own role may connect."""
        ...

    async def seal(self, seed: Seed) -> None:
        """What was built is now the seed: complete, closed to connections, ready to be branched."""
        ...

    async def drop_seeds(self, repository: str, keep: int) -> tuple[str, ...]:
        """Only the newest `keep` sealed seeds of this repository are left; the names of those dropped."""
        ...


class Platform(Protocol):
    """Where previews run."""

    def entries(
        self, instance: str, label: str, definition: Definition, urls: tuple[ServiceUrl, ...]
    ) -> tuple[Entry, ...]:
        """What deploying this definition makes, named before it is made."""
        ...

    async def deploy(self, request: DeployRequest, connection: Connection | None) -> Deployment:
        """The revision begins to run beside the one that answers now, which keeps answering."""
        ...

    async def settle(self, deployment: Deployment) -> Deployment:
        """Every service is healthy, traffic goes to this deployment, and older ones are gone.

        NotYet until then; PermanentError(SERVICE_FAILED) names the component, the cause and its last log lines,
        and leaves the deployment that answered before in place.
        """
        ...

    async def set_flags(self, request: FlagsRequest) -> None:
        """What runs of the preview reads these flags, without a restart. One that is not there stays so.

        It takes no turn of deploying: a deployment of a lower generation that is under way goes on.
        """
        ...

    async def run(self, request: RunRequest, connection: Connection | None, beat: Beat) -> RunResult:
        """The command's end. Cancelled, it ends the command with all that it started before it returns."""
        ...

    async def remove(self, removal: Removal) -> tuple[Entry, ...]:
        """The entries, each verified gone; TemporaryError(TEARDOWN_BLOCKED) names what is still there."""
        ...

    async def list(self) -> tuple[Resource, ...]:
        """Every resource that carries this installation's mark."""
        ...

    async def refresh(self) -> tuple[str, ...]:
        """The Secrets that previews were given are as their sources are now; returned is what is not, in words."""
        ...

    async def busy(self, label: str) -> bool:
        """Whether a command of this preview, such as a migration, still runs, whoever began it."""
        ...

    async def logs(self, request: LogsRequest) -> str:
        """The last lines that the services wrote, each with its service's name, secrets masked."""
        ...


class Probe(Protocol):
    """Looks at a preview from outside, as a reviewer's browser would."""

    async def check(self, url: ServiceUrl) -> None:
        """Returns when the URL answered well several times in a row; NotYet says in words what is wrong."""
        ...
