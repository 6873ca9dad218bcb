"""Marks: the annotation of a branch at Neon that says whose it is.

Neon takes an annotation only while it makes a branch, and never changes it. So a mark says nothing about how far a
branch has come, and data of a higher generation are a branch of their own. What has no mark is not ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from adapters.databases.marks import Kind
from domain.names import Key, parse_key

_PREFIX = "matinee-"


@dataclass(frozen=True, kw_only=True)
class Mark:
    """Whose a branch is: installation and `key` (of a seed: its repository); `name` is what it was made as."""

    installation: str
    key: str
    kind: Kind
    name: str
    label: str
    generation: int
    seed: str
    made_at: datetime

    def same_owner(self, other: "Mark") -> bool:
        """Whether both are of the same installation, kind and key."""
        return (self.installation, self.kind, self.key) == (other.installation, other.kind, other.key)

    def preview(self) -> Key:
        """The key of the preview that a branch belongs to."""
        return parse_key(self.key)


def written(mark: Mark) -> dict[str, str]:
    """The annotation that carries this mark."""
    fields = {
        "installation": mark.installation,
        "key": mark.key,
        "kind": mark.kind.value,
        "name": mark.name,
        "label": mark.label,
        "generation": str(mark.generation),
        "seed": mark.seed,
        "made-at": mark.made_at.isoformat(),
    }
    return {f"{_PREFIX}{field}": value for field, value in fields.items()}


def read(annotation: Mapping[str, str]) -> Mark | None:
    """The mark that an annotation carries, or None if it carries none that can be read."""
    fields = {name.removeprefix(_PREFIX): value for name, value in annotation.items() if name.startswith(_PREFIX)}
    try:
        return Mark(
            installation=fields["installation"],
            key=fields["key"],
            kind=Kind(fields["kind"]),
            name=fields["name"],
            label=fields["label"],
            generation=int(fields["generation"]),
            seed=fields["seed"],
            made_at=datetime.fromisoformat(fields["made-at"]),
        )
    except (ValueError, KeyError):
        return None
