"""The rules of one preview on Kubernetes: what the operator's settings and the key allow, and where it runs.

Policy judges by them, building and founding make by them, so that both speak of the same hosts, pool and quota.
"""

from dataclasses import dataclass, field
from typing import Literal

from domain.definitions import Resources
from domain.manifests.networks import Door, Network, Peer, Pods
from domain.manifests.supplies import NOTHING, Supply
from domain.names import Key

DOMAIN = "matinee.dev"
"""The prefix of labels and annotations that are ours."""

RESERVED = ("matinee-", "kube-")
"""How names begin that no pull request may give to an object."""

DATABASE_SECRET = "matinee-database"  # noqa: S105 - the name of an object
"""The Secret that holds the connection of the preview's database."""

DATABASE_KEY = "url"
"""The key of that Secret under which the connection stands."""

FLAGS = "matinee-flags"
"""The ConfigMap that holds the flags, under the key `flags.flagd.json`."""

ACCOUNT = "default"
"""The account of every pod. It is the namespace's own, made without a token, so that no pod can name another."""

Level = Literal["baseline", "restricted"]
"""A level of the Pod Security Standards; `privileged` is none that a preview can have."""


@dataclass(frozen=True, kw_only=True)
class Quota:
    """The most that a whole preview may use: cores, MiB of memory and of claimed storage, pods and claims.

    `objects` pods, and as many Jobs, may be there at all: those that have ended use nothing, and still fill a cluster.
    """

    cpu: float = 2.0
    memory_mib: int = 2048
    storage_mib: int = 4096
    pods: int = 20
    claims: int = 4
    objects: int = 100


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a container may use that says nothing, and which share of its limits is reserved for it."""

    cpu: float = 0.5
    memory_mib: int = 512
    cpu_share: float = 0.2
    memory_share: float = 0.5


@dataclass(frozen=True, kw_only=True)
class Toleration:
    """One taint that pods of the pool tolerate."""

    key: str
    value: str = ""
    effect: str = "NoSchedule"


@dataclass(frozen=True, kw_only=True)
class Pool:
    """The nodes that previews run on, such as spot nodes."""

    selector: dict[str, str]
    tolerations: tuple[Toleration, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Gateway:
    """The Gateway that HTTPRoutes of previews attach to; `section` is one listener of it, or empty for all."""

    namespace: str
    name: str
    section: str = ""


@dataclass(frozen=True, kw_only=True)
class IngressClass:
    """The class of Ingresses of previews, and the annotations that its controller wants of ours."""

    name: str
    annotations: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, kw_only=True)
class Receiver:
    """The Service of Matinee's receiver, which tells front ends the URLs of their preview."""

    namespace: str
    name: str
    port: int


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """How much one set of manifests may be: objects, bytes of one and of all, seconds that a pod may take to end."""

    objects: int = 200
    object_bytes: int = 1_000_000
    set_bytes: int = 4_000_000
    grace_seconds: int = 60


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What holds for one preview. At least one of `gateway` and `ingress` is there if it has public services.

    `migration` is what has to be left of the quota for the command that migrates beside what runs.
    `supply` are the Secrets that it is given, and `taken` the names that no manifest may give to a Secret of its own;
    `own` are those that its manifests make.
    `registries` are prefixes of images, none meaning any; `domains` are further prefixes of labels and annotations
    that may be written; `certificate` is the Secret that an Ingress may name, which only trusted previews have.
    `deployer` is the account that is impersonated to apply what a pull request wrote, and `role` what it may do;
    `worker` is the name of the user that Matinee itself is, empty where it may do everything anyway.
    `receiver` is who tells front ends their preview's URLs, None if nobody does.
    `entrances` are where requests come from, `dns` who answers names, `egress` where a preview may connect to.
    """

    installation: str
    key: Key
    label: str
    namespace: str
    hosts: tuple[str, ...]
    release: str = ""
    level: Level = "restricted"
    quota: Quota = Quota()
    limits: Limits = Limits()
    migration: Resources | None = None
    bounds: Bounds = Bounds()
    gateway: Gateway | None = None
    ingress: IngressClass | None = None
    pool: Pool | None = None
    priority_class: str = ""
    runtime_class: str = ""
    storage_classes: tuple[str, ...] = ()
    registries: tuple[str, ...] = ()
    pull_secrets: tuple[str, ...] = ()
    certificate: str = ""
    supply: Supply = NOTHING
    taken: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    pinned: bool = True
    user: int | None = None
    read_only_root: bool = True
    deployer: str = "matinee-deployer"
    role: str = "matinee-preview"
    worker: str = ""
    worker_role: str = "matinee-worker"
    receiver: Receiver | None = None
    entrances: tuple[Peer, ...] = ()
    dns: tuple[Peer, ...] = (Pods("kube-system", {"k8s-app": "kube-dns"}),)
    database: Door | None = None
    egress: tuple[Network, ...] = ()

    @property
    def secrets(self) -> tuple[str, ...]:
        """The Secrets of those it is given that its containers may read."""
        return self.supply.readable

    @property
    def labels(self) -> dict[str, str]:
        """The labels that every object of this preview carries, and that find them again."""
        return {
            f"{DOMAIN}/preview": "true",
            f"{DOMAIN}/installation": self.installation,
            f"{DOMAIN}/label": self.label,
        }

    @property
    def marks(self) -> dict[str, str]:
        """Every label and annotation of ours that an object may carry, with the only value that it may have."""
        return {**self.labels, f"{DOMAIN}/release": self.release}
