"""Marks in files: whose something on this machine is. Folders of previews, their routes and their trees carry one.

Shared by the local platform and the git image store.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from domain.errors import PermanentError
from domain.names import Key
from domain.phases import Reason


@dataclass(frozen=True, kw_only=True)
class Mark:
    """Installation and key, since when, and the generation of the last request that was carried out."""

    installation: str
    key: Key
    made_at: datetime | None = None
    generation: int = 0

    def to_json(self) -> dict[str, Any]:
        """As it stands in a file."""
        made = self.made_at.isoformat() if self.made_at else None
        return {
            "installation": self.installation,
            "repository": self.key.repository,
            "number": self.key.number,
            "made_at": made,
            "generation": self.generation,
        }

    def owns(self, folder: Path, found: "Mark | None") -> bool:
        """Whether a folder that has this mark, or none, is ours to change."""
        # An empty folder without a mark is what a crash left between making it and marking it.
        return self.same(found) if found else not _is_filled(folder)

    def following(self, found: "Mark | None") -> "Mark":
        """The mark to write once this request is carried out: what is there stays as old as it is."""
        return replace(self, made_at=found.made_at) if found else self

    def refuse_late(self, found: "Mark | None", name: str, reason: Reason) -> None:
        """Returns unless a later request than this one was carried out already; PermanentError then."""
        if found and found.generation > self.generation:
            raise PermanentError(
                f"{name} was changed by a later request ({found.generation}) than this one ({self.generation}), "
                "so it is left as it is",
                reason=reason,
            )

    def same(self, other: "Mark") -> bool:
        """Whether both name the same preview of the same installation."""
        return (self.installation, self.key) == (other.installation, other.key)


def from_json(content: Any) -> Mark | None:
    """The mark that stands in a file; None if it is none that can be read."""
    try:
        made = content["made_at"]
        key = Key(content["repository"], content["number"])
        made_at = datetime.fromisoformat(made) if made else None
        generation = int(content.get("generation", 0))
        return Mark(installation=content["installation"], key=key, made_at=made_at, generation=generation)
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _is_filled(folder: Path) -> bool:
    return folder.is_dir() and any(not path.name.startswith(".") for path in folder.iterdir())
