"""Marks: whose a preview's folder and route are. What is not ours is never touched."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from adapters.platforms.local.places import PreviewPlaces
from adapters.processes.folders import make_passable
from adapters.processes.writing import read_json, write_json
from domain.errors import PermanentError
from domain.names import Key
from domain.phases import Reason


@dataclass(frozen=True, kw_only=True)
class Mark:
    """Installation and key, and since when."""

    installation: str
    key: Key
    made_at: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        """As it stands in a file."""
        made = self.made_at.isoformat() if self.made_at else None
        return {
            "installation": self.installation,
            "repository": self.key.repository,
            "number": self.key.number,
            "made_at": made,
        }

    def same(self, other: "Mark") -> bool:
        """Whether both name the same preview of the same installation."""
        return (self.installation, self.key) == (other.installation, other.key)


def claim(place: PreviewPlaces, mark: Mark) -> None:
    """The preview's folder is there with this mark; PermanentError(NOT_OURS) if it has another or none."""
    refuse_foreign(place, mark)
    make_passable(place.folder)
    if not place.mark.exists():
        write_json(place.mark, mark.to_json())


def refuse_foreign(place: PreviewPlaces, mark: Mark) -> None:
    """Returns if folder and route are ours or absent; PermanentError(NOT_OURS) if not."""
    if place.folder.is_dir() and not _ours(mark_of_folder(place.folder), mark, filled=_filled(place.folder)):
        raise _not_ours(place.folder, place.mark)
    if place.route.exists() and not _ours(mark_of_route(place.route), mark, filled=True):
        raise _not_ours(place.route, place.route)


def mark_of_folder(folder: Path) -> Mark | None:
    """The mark of a preview's folder, None if it has none that can be read."""
    return _mark(read_json(folder / "mark.json"))


def mark_of_route(route: Path) -> Mark | None:
    """The mark of a route: the comment in its first line."""
    try:
        heading = route.read_text().partition("\n")[0]
        return _mark(json.loads(heading.removeprefix("#")))
    except (FileNotFoundError, ValueError):
        return None


def _mark(content: Any) -> Mark | None:
    try:
        made = content["made_at"]
        key = Key(content["repository"], content["number"])
        made_at = datetime.fromisoformat(made) if made else None
        return Mark(installation=content["installation"], key=key, made_at=made_at)
    except (KeyError, TypeError, ValueError):
        return None


def _ours(found: Mark | None, mark: Mark, *, filled: bool) -> bool:
    # An empty folder without a mark is what a crash left between making it and marking it.
    return found.same(mark) if found else not filled


def _filled(folder: Path) -> bool:
    return any(not path.name.startswith(".") for path in folder.iterdir())


def _not_ours(place: Path, mark: Path) -> PermanentError:
    return PermanentError(
        f"{place.name} is there already and has another mark, so it is not touched; see {mark}",
        reason=Reason.NOT_OURS,
    )
