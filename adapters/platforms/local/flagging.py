"""Flags of a local preview: one file that all of its services read, and that changes while they run."""

from adapters.marks import Mark
from adapters.platforms.local.marks import mark_of_folder, refuse_foreign_and_late
from adapters.platforms.local.places import PreviewPlaces
from adapters.processes.folders import make_passable
from adapters.processes.writing import write_text
from domain.errors import PermanentError
from domain.manifests.flags import flagd, generation_of
from domain.phases import Reason
from domain.requests import FlagsRequest


def set_flags(place: PreviewPlaces, mark: Mark, request: FlagsRequest) -> None:
    """The services read these flags. What is not there stays so; PermanentError if a later request set others."""
    with place.locked():
        refuse_foreign_and_late(place, mark)
        if mark_of_folder(place.folder) is None:
            return
        if place.flags.exists() and generation_of(place.flags.read_text()) > request.generation:
            raise PermanentError(
                f"the flags of {place.label} were set by a later request, so they are left as they are",
                reason=Reason.PLATFORM_REFUSED,
            )
        write_flags(place, request.flags, request.generation)


def write_flags(place: PreviewPlaces, flags: dict[str, str], generation: int) -> None:
    """The file holds these flags. Every user may read it, as each service may have one of its own."""
    make_passable(place.flags.parent)
    write_text(place.flags, flagd(flags, generation), mode=0o644)
