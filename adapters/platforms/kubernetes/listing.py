"""Listing: what a preview consists of, by the names of the ledger, and what there is of this installation.

All of it stands on the namespaces, so that one request lists every preview: the inventory names the workloads, and an
annotation the hosts. What a repository's own manifests run is known only when they are rendered, so of that the ledger
has the namespace, with which it goes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from adapters.platforms.kubernetes.claiming import hooks_of, hosts_of, inventory_of, mark_of
from adapters.platforms.kubernetes.requesting import Api, Thing
from domain.definitions import Definition, ServiceUrl
from domain.manifests import routing
from domain.manifests.rules import DOMAIN
from domain.manifests.shapes import at, text_of
from domain.requests import DeployRequest
from domain.resources import Entry, Resource

PORT = "platform"

_WORKLOADS = frozenset({"Deployment", "StatefulSet", "CronJob"})


@dataclass(frozen=True, kw_only=True)
class Entries:
    """Names what a preview consists of; `instance` is the configured name of the platform."""

    instance: str
    prefix: str

    def of_definition(self, label: str, definition: Definition, urls: tuple[ServiceUrl, ...]) -> tuple[Entry, ...]:
        """What deploying this definition makes."""
        named = () if definition.rendering else definition.services
        return self._of(label, (service.name for service in named), routing.hosts_of(urls))

    def of_request(self, request: DeployRequest) -> tuple[Entry, ...]:
        """What this deploying makes: the same, for the same definition."""
        urls = tuple(service.url for service in request.services if service.url)
        named = () if request.rendering else request.services
        return self._of(request.label, (one.service.name for one in named), routing.hosts_of(urls))

    def of_namespace(self, namespace: Thing) -> tuple[Entry, ...]:
        """What a namespace says that it holds."""
        held = inventory_of(namespace) if hooks_of(namespace) is None else ()
        names = (item.name for item in held if item.kind in _WORKLOADS)
        return self._of(label_of(namespace), names, hosts_of(namespace))

    def _of(self, label: str, workloads: Iterable[str], hosts: Iterable[str]) -> tuple[Entry, ...]:
        place = f"{self.prefix}{label}"
        named = [("namespace", place), *(("workload", f"{place}/{name}") for name in workloads)]
        named += [("route", host) for host in hosts]
        return tuple(Entry(PORT, self.instance, kind, name) for kind, name in named)


def label_of(namespace: Thing) -> str:
    """The label of the preview that a namespace belongs to."""
    return text_of(at(namespace, "metadata", "labels", f"{DOMAIN}/label"))


async def resources(api: Api, installation: str, entries: Entries) -> tuple[Resource, ...]:
    """Everything that carries this installation's mark."""
    labels = f"{DOMAIN}/preview=true,{DOMAIN}/installation={installation}"
    found = await api.list("v1", "Namespace", labels=labels)
    # Another platform of this installation may have previews in the same cluster, by another prefix.
    named = (one for one in found if text_of(at(one, "metadata", "name")) == f"{entries.prefix}{label_of(one)}")
    return tuple(resource for one in named for resource in _of_namespace(one, entries))


def _of_namespace(namespace: Thing, entries: Entries) -> Iterator[Resource]:
    mark = mark_of(namespace)
    if mark is None:
        return
    for entry in entries.of_namespace(namespace):
        yield Resource(
            entry=entry,
            key=mark.key,
            label=label_of(namespace),
            made_at=mark.made_at,
            generation=mark.generation,
        )
