"""Branches as their server knows them: what `matinee database list` shows of each, seeds included."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.names import Key
from domain.resources import DatabaseRef


class BranchKind(StrEnum):
    """Whether it is a preview's own copy, or what such copies are made of."""

    BRANCH = "branch"
    SEED = "seed"


class BranchState(StrEnum):
    """How far it has come. Half-made is also what a crash left, until a repeat or a teardown makes it good."""

    READY = "ready"
    HALF_MADE = "half-made"
    INVALID = "invalid"
    UNKNOWN = ""


@dataclass(frozen=True, kw_only=True)
class Branch:
    """One branch or seed of this installation. What its server does not tell is None or empty.

    `key` is None for a seed. `size` is in bytes. `seed` is the seed's version, of a branch that of the seed it was
    made from, empty for one that began empty. `owner` is the role that owns what is in it.
    """

    name: str
    kind: BranchKind = BranchKind.BRANCH
    key: Key | None = None
    repository: str
    label: str = ""
    state: BranchState = BranchState.UNKNOWN
    generation: int = 0
    size: int | None = None
    made_at: datetime | None = None
    seed: str = ""
    owner: str = ""
    password_key: str = ""

    def ref(self, instance: str) -> DatabaseRef:
        """How a database of this name in the settings is asked for a connection to it."""
        return DatabaseRef(
            instance=instance,
            name=self.name,
            label=self.label,
            generation=self.generation,
            password_key=self.password_key,
        )


def in_order(branches: tuple[Branch, ...]) -> tuple[Branch, ...]:
    """The branches by their keys, then the seeds by repository, each with its newest first."""
    return tuple(sorted(branches, key=_place))


def _place(branch: Branch) -> tuple[bool, str, int, float, str]:
    made_at = branch.made_at.timestamp() if branch.made_at else 0.0
    number = branch.key.number if branch.key else 0
    return (branch.kind is BranchKind.SEED, branch.repository, number, -made_at, branch.name)
