"""Marks: whose a preview's folder and route are. What is not ours is never touched."""

import json
from pathlib import Path

from adapters.marks import Mark, from_json
from adapters.platforms.local.places import PreviewPlaces
from adapters.processes.folders import make_passable
from adapters.processes.writing import read_json, write_json
from domain.errors import PermanentError
from domain.phases import Reason


def claim(place: PreviewPlaces, mark: Mark) -> None:
    """The preview's folder is there with this mark; PermanentError if it has another's, or that of a later request."""
    refuse_foreign(place, mark)
    found = mark_of_folder(place.folder)
    mark.refuse_late(found, place.label, Reason.PLATFORM_REFUSED)
    make_passable(place.folder)
    if (wanted := mark.following(found)) != found:
        write_json(place.mark, wanted.to_json())


def refuse_foreign_and_late(place: PreviewPlaces, mark: Mark) -> None:
    """Returns if folder and route are ours or absent, and no later request than the mark's was carried out."""
    refuse_foreign(place, mark)
    mark.refuse_late(mark_of_folder(place.folder), place.label, Reason.PLATFORM_REFUSED)


def refuse_foreign(place: PreviewPlaces, mark: Mark) -> None:
    """Returns if folder and route are ours or absent; PermanentError(NOT_OURS) if not."""
    if not mark.owns(place.folder, mark_of_folder(place.folder)):
        raise _not_ours(place.folder, place.mark)
    if place.route.exists() and not ((found := mark_of_route(place.route)) and mark.same(found)):
        raise _not_ours(place.route, place.route)


def mark_of_folder(folder: Path) -> Mark | None:
    """The mark of a preview's folder, None if it has none that can be read."""
    return from_json(read_json(folder / "mark.json"))


def mark_of_route(route: Path) -> Mark | None:
    """The mark of a route: the comment in its first line."""
    try:
        heading = route.read_text().partition("\n")[0]
        return from_json(json.loads(heading.removeprefix("#")))
    except (FileNotFoundError, ValueError):
        return None


def _not_ours(place: Path, mark: Path) -> PermanentError:
    return PermanentError(
        f"{place.name} is there already and has another mark, so it is not touched; see {mark}",
        reason=Reason.NOT_OURS,
    )
