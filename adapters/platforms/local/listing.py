"""What of this installation is on this machine, read from marks alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from adapters.marks import Mark
from adapters.platforms.local.marks import mark_of_folder, mark_of_route
from adapters.platforms.local.places import Places, PreviewPlaces
from adapters.platforms.local.planning import host_of
from adapters.platforms.local.plans import read_plan
from adapters.platforms.local.routing import hosts
from domain.definitions import Definition, ServiceUrl
from domain.requests import DeployRequest
from domain.resources import Entry, Resource

PORT = "platform"


@dataclass(frozen=True)
class Entries:
    """Names what a preview consists of; `instance` is the configured name of the platform."""

    instance: str

    def process(self, label: str, service: str) -> Entry:
        """The processes of one service, whatever their release."""
        return Entry(PORT, self.instance, "process", f"{label}/{service}")

    def route(self, host: str) -> Entry:
        """What leads from a host to a service."""
        return Entry(PORT, self.instance, "route", host)

    def folder(self, label: str) -> Entry:
        """The preview's folder with all in it."""
        return Entry(PORT, self.instance, "folder", label)

    def of_definition(self, label: str, definition: Definition, urls: tuple[ServiceUrl, ...]) -> tuple[Entry, ...]:
        """What deploying this definition makes."""
        return self._of(label, (service.name for service in definition.services), urls)

    def of_request(self, request: DeployRequest) -> tuple[Entry, ...]:
        """What this deploying makes: the same, for the same definition."""
        urls = tuple(service.url for service in request.services if service.url)
        return self._of(request.label, (service.service.name for service in request.services), urls)

    def _of(self, label: str, services: Iterator[str], urls: tuple[ServiceUrl, ...]) -> tuple[Entry, ...]:
        processes = [self.process(label, service) for service in services]
        routes = [self.route(host_of(url.url)) for url in urls]
        return (self.folder(label), *processes, *routes)


def resources(places: Places, installation: str, entries: Entries) -> Iterator[Resource]:
    """Every folder, service and route that carries this installation's mark."""
    for label in sorted(_labels(places)):
        place = places.preview(label)
        folder_mark = mark_of_folder(place.folder)
        if folder_mark and folder_mark.installation == installation:
            for entry in (entries.folder(label), *_processes(place, entries)):
                yield _resource(entry, folder_mark, label)
        route_mark = mark_of_route(place.route)
        if route_mark and route_mark.installation == installation:
            for host in hosts(place):
                yield _resource(entries.route(host), route_mark, label)


def previews(places: Places, installation: str) -> Iterator[tuple[PreviewPlaces, Mark]]:
    """Every preview of this installation with its mark."""
    for label in sorted(_labels(places)):
        place = places.preview(label)
        mark = mark_of_folder(place.folder)
        if mark and mark.installation == installation:
            yield place, mark


def _labels(places: Places) -> set[str]:
    folders = {path.name for path in _inside(places.previews) if path.is_dir()}
    return folders | {path.stem for path in _inside(places.routes) if path.suffix == ".yml" and mark_of_route(path)}


def _inside(folder: Path) -> list[Path]:
    return [*folder.iterdir()] if folder.is_dir() else []


def _processes(place: PreviewPlaces, entries: Entries) -> list[Entry]:
    plans = [read_plan(folder) for folder in _inside(place.releases)]
    names = {process.name for plan in plans if plan for process in plan.processes}
    return [entries.process(place.label, name) for name in sorted(names)]


def _resource(entry: Entry, mark: Mark, label: str) -> Resource:
    return Resource(entry=entry, key=mark.key, label=label, made_at=mark.made_at, generation=mark.generation)
