"""Marks: the comment on a database or a role that says whose it is and how far it has come.

Every role of the server can read a comment, so a mark holds no secret. What has no mark, or one that cannot be
read, is not ours.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from domain.names import Key, parse_key

_OUTER = "matinee"


class Kind(StrEnum):
    """What a marked database is: a preview's own branch, or a seed."""

    BRANCH = "branch"
    SEED = "seed"


class State(StrEnum):
    """How far a marked database has come. Only a ready branch is kept and only a sealed seed is branched."""

    CLONED = "cloned"
    READY = "ready"
    BUILDING = "building"
    SEALED = "sealed"


@dataclass(frozen=True, kw_only=True)
class Mark:
    """Whose a database or role is: installation and `key` (of a seed: its repository)."""

    installation: str
    key: str
    kind: Kind
    label: str
    state: State
    generation: int
    seed: str
    password_key: str
    password_proof: str
    made_at: datetime

    def same_owner(self, other: "Mark") -> bool:
        """Whether both are of the same installation, kind and key."""
        return (self.installation, self.kind, self.key) == (other.installation, other.kind, other.key)

    def preview(self) -> Key:
        """The key of the preview that a branch belongs to."""
        return parse_key(self.key)


def written(mark: Mark) -> str:
    """The comment that carries this mark."""
    return json.dumps({_OUTER: asdict(mark) | {"made_at": mark.made_at.isoformat()}})


def read(comment: str | None) -> Mark | None:
    """The mark that a comment carries, or None if it carries none that can be read."""
    try:
        fields = cast("dict[str, Any]", json.loads(comment or "{}")[_OUTER])
        return Mark(
            installation=str(fields["installation"]),
            key=str(fields["key"]),
            kind=Kind(fields["kind"]),
            label=str(fields["label"]),
            state=State(fields["state"]),
            generation=int(fields["generation"]),
            seed=str(fields["seed"]),
            password_key=str(fields["password_key"]),
            password_proof=str(fields["password_proof"]),
            made_at=datetime.fromisoformat(fields["made_at"]),
        )
    except (ValueError, KeyError, TypeError):
        return None
