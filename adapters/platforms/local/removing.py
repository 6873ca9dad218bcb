"""Removing a preview from this machine, verified: its routes first, so that nobody meets it half gone."""

from adapters.marks import Mark
from adapters.platforms.local.marks import refuse_foreign_and_late
from adapters.platforms.local.places import PreviewPlaces
from adapters.platforms.local.stopping import take_away
from adapters.processes.finding import under
from adapters.processes.folders import delete
from adapters.processes.users import Users
from domain.errors import TemporaryError
from domain.phases import Reason


def remove_preview(place: PreviewPlaces, mark: Mark, users: Users | None) -> None:
    """Nothing of the preview is left: no route, process, user, file. TemporaryError names what is.

    The mark goes last, so that a removal that was cut off can be repeated by whoever reads the mark.
    """
    with place.locked():
        refuse_foreign_and_late(place, mark)
        place.route.unlink(missing_ok=True)
        if place.folder.is_dir():
            take_away_content(place, users)
            delete(place.folder)
        _require_gone(place)
        if users:
            users.release(f"{place.label}/")


def take_away_content(place: PreviewPlaces, users: Users | None) -> None:
    """Nothing runs in the preview, and of its folder only the mark is left."""
    for folder in (place.runs, place.releases):
        take_away(folder, users, f"{place.label}/{folder.name}/")


def _require_gone(place: PreviewPlaces) -> None:
    left = [str(path) for path in (place.folder, place.route) if path.exists()]
    left += [f"process {process.pid}" for process in under(str(place.folder))]
    if left:
        raise TemporaryError(f"still there: {', '.join(left)}", reason=Reason.TEARDOWN_BLOCKED)
