"""Requests: what the workflows ask of activities, and activities of ports. No secret stands in any of them.

The `generation` of a request rises from one to the next of the same preview, so that an attempt which was frozen on
its way is known to come too late.
"""

from dataclasses import dataclass, field
from datetime import datetime

from domain.costs import Requested
from domain.definitions import Definition, Resources, Service, ServiceUrl
from domain.names import Key
from domain.policies import Policy
from domain.pulls import Blob, PullRequest, Revision
from domain.renderings import Rendering
from domain.resources import DatabaseRef, Entry, Image, Seed


@dataclass(frozen=True, kw_only=True)
class Beginning:
    """What a run of a preview's workflow starts from: the policy, and what already carries the key's mark.

    `generation` is the highest among it, so that the next request has a higher one still.
    """

    policy: Policy
    adopted: tuple[Entry, ...] = ()
    generation: int = 0


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What the forge says of a pull request now, and the policy that is in force for it."""

    pull: PullRequest
    policy: Policy


@dataclass(frozen=True, kw_only=True)
class PlanRequest:
    """Which revision of which pull request to plan."""

    policy: Policy
    pull: PullRequest
    commit: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How one revision will be rolled out: the definition at its commit, and all that this will make.

    `seed_definition` says how the seed is built where it is not sealed yet. `ahead` are the paths of migrations that
    the base has and this commit has not. What is not `trusted`, because a stranger wrote the commit, is given no
    secrets of the platform's.
    """

    commit: str
    definition: Definition
    urls: tuple[ServiceUrl, ...]
    migrations: tuple[Blob, ...] = ()
    seed: Seed | None = None
    seed_definition: Definition | None = None
    seed_sealed: bool = False
    entries: tuple[Entry, ...] = ()
    trusted: bool = False
    ahead: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ImageRequest:
    """The image of one service at one commit. `instance` names the image store.

    `needed` are the other commits of this preview whose images are in use; a store may drop those of all others.
    None says that this is not known.
    """

    key: Key
    label: str
    instance: str
    commit: str
    service: Service
    generation: int = 0
    needed: tuple[str, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class SeedRequest:
    """A seed to have ready, and how to make it if it is not there: the definition at the seed's own commit."""

    policy: Policy
    seed: Seed
    definition: Definition


@dataclass(frozen=True, kw_only=True)
class BranchRequest:
    """A preview's own copy of a seed (None: empty). A higher generation replaces the data of a lower one.

    The branching ends itself, in failure, by `deadline`, which is the end of the lease that it runs under.
    """

    key: Key
    label: str
    instance: str
    generation: int
    seed: Seed | None
    deadline: datetime


@dataclass(frozen=True, kw_only=True)
class RunRequest:
    """A command to run to its end in a service's image: a migration or a seed.

    `token` makes it safe to repeat: the same token never runs the command a second time once it has ended, and
    joins it while it runs. The command is ended, with all that it started, at `deadline`. `secrets` are those of its
    service, which it gets only if it is `trusted`. `migrations` are the paths of those that it runs, and `ahead` those
    that only the base has: a failure is told by them.
    """

    key: Key
    label: str
    instance: str
    token: str
    image: Image
    command: tuple[str, ...]
    environment: dict[str, str]
    resources: Resources
    database: DatabaseRef | None
    variable: str
    deadline: datetime
    generation: int = 0
    secrets: tuple[str, ...] = ()
    trusted: bool = False
    migrations: tuple[str, ...] = ()
    ahead: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RunResult:
    """How a command ended, and the last lines it wrote (at most 50, secrets masked)."""

    exit_code: int
    log: str


@dataclass(frozen=True, kw_only=True)
class ServiceRequest:
    """One service to run: its pinned image and its variables without secrets."""

    service: Service
    image: Image
    environment: dict[str, str]
    url: ServiceUrl | None


@dataclass(frozen=True, kw_only=True)
class DeployRequest:
    """A revision to make run on one platform. The database's connection is added where it is used.

    `release` is new for every deployment that is meant as a new one, and the same in every repetition. With a
    `rendering`, the services are what the repository's own manifests of this revision make. Only what is `trusted` is
    given the platform's secrets. `migration` is what the command needs that runs beside these at the next push.
    """

    key: Key
    label: str
    instance: str
    revision: Revision
    release: str
    services: tuple[ServiceRequest, ...]
    database: DatabaseRef | None
    variable: str
    flags: dict[str, str] = field(default_factory=dict[str, str])
    generation: int = 0
    rendering: Rendering | None = None
    trusted: bool = False
    migration: Resources | None = None

    @property
    def requested(self) -> Requested:
        """What its services may use together: what it costs where a platform reserves no other amount for them."""
        needs = [one.service.resources for one in self.services]
        return Requested(cores=sum(need.cpu for need in needs), memory_mib=sum(need.memory_mib for need in needs))


@dataclass(frozen=True, kw_only=True)
class FlagsRequest:
    """The flags that what runs of a preview should read from now on: all of them, by name."""

    key: Key
    label: str
    instance: str
    flags: dict[str, str]
    generation: int = 0


@dataclass(frozen=True, kw_only=True)
class LogsRequest:
    """The last lines of one service of a preview, or of all of its services."""

    key: Key
    label: str
    instance: str
    service: str | None = None
    lines: int = 100


@dataclass(frozen=True, kw_only=True)
class Pruning:
    """How many of a repository's sealed seeds to keep."""

    instance: str
    repository: str
    keep: int
