"""Resources: what a preview makes on a platform, in a database or in an image store, and how it is referred to.

An entry of the ledger is written before its resource is made and struck off when it is verified gone. A
reference never holds a secret: whoever needs a connection asks the database for it where it is used.
"""

from dataclasses import dataclass, field
from datetime import datetime

from domain.costs import NOTHING, Requested
from domain.names import Key


@dataclass(frozen=True, order=True)
class Entry:
    """One resource of the ledger: which port and which named instance of it made it, what it is, its name.

    `label` is set where it was made under another one than the preview has now, and is removed by that.
    """

    port: str
    instance: str
    kind: str
    name: str
    label: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource that carries our mark, as an adapter lists it. `key` is None for what all previews share.

    `generation` is that of the last request that made it: whoever adopts it asks with a higher one.
    """

    entry: Entry
    key: Key | None
    label: str
    made_at: datetime | None = None
    generation: int = 0


@dataclass(frozen=True, kw_only=True)
class Removal:
    """What to take away: the entries of one preview that one instance of one port made.

    What a request of a higher generation made came after it, and is refused to it.
    """

    key: Key
    label: str
    port: str
    instance: str
    generation: int
    entries: tuple[Entry, ...]


@dataclass(frozen=True, kw_only=True)
class Image:
    """What a service runs, pinned: a registry's reference with its digest, or `file://` and a commit's tree."""

    service: str
    reference: str
    digest: str


@dataclass(frozen=True, kw_only=True)
class Seed:
    """One version of a repository's seed: `fingerprint` changes when the migrations or the seed's files do.

    `commit` is where it is built from; two commits with the same fingerprint make the same seed.
    """

    instance: str
    repository: str
    fingerprint: str
    label: str
    commit: str = ""


@dataclass(frozen=True, kw_only=True)
class DatabaseRef:
    """A preview's own database without its password: which instance, its name, and the generation of its data."""

    instance: str
    name: str
    label: str
    generation: int
    password_key: str = ""


@dataclass(frozen=True, kw_only=True)
class Connection:
    """How to reach a database, password included: never returned by an activity, never logged."""

    url: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A revision that a platform was told to run; `release` tells two deployments of one commit apart.

    `requested` is what the platform reserves for it from now on, all replicas together.
    """

    key: Key
    label: str
    instance: str
    commit: str
    release: str
    generation: int = 0
    entries: tuple[Entry, ...] = ()
    requested: Requested = NOTHING
