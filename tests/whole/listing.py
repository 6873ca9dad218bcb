"""Listing: every object of every kind that a cluster has, so that two moments can be compared."""

import asyncio
import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import asyncpg

from domain.manifests.shapes import mapping_of
from embedded.postgres import Postgres
from tests.cluster.described import Cluster
from tests.whole.lasting import Objects, Place, ids, is_own, lasting, may_go

_PASSING = {"events", "events.events.k8s.io", "leases.coordination.k8s.io", "componentstatuses"}
"""Kinds that say what happened, or who is alive."""

_STATUS = "status: "
_LOOKS = 10
"""Each takes some seconds."""


async def objects_of(cluster: Cluster) -> Objects:
    """All objects, as they are now."""
    kinds = (await cluster.kubectl("api-resources", "--verbs=list", "--output=name", "--no-headers")).split()
    wanted = sorted(set(kinds) - _PASSING)
    found = await asyncio.gather(*(_listed(cluster, ",".join(wanted[start::4])) for start in range(4)))
    return {key: one for part in found for key, one in part.items()}


async def settled(cluster: Cluster, *, own: str) -> Objects:
    """The same, once nothing of this installation changes by itself any more; AssertionError if that never comes."""
    before, changes = await objects_of(cluster), ["never looked"]
    for _ in range(_LOOKS):
        after = await objects_of(cluster)
        changes = differences(before, after, own=own)
        if not changes:
            return after
        before = after
    raise AssertionError(f"{own} does not settle: {changes}")


async def changed(
    cluster: Cluster, before: Objects, *, own: str, without: Collection[tuple[str, str]] = ()
) -> list[str]:
    """What came, went or changed since, but for these kinds in these namespaces.

    A status of this installation's own may take a moment to be what it was.
    """
    changes: list[str] = []
    for _ in range(_LOOKS):
        now = await objects_of(cluster)
        old, new = ({key: one for key, one in each.items() if key[:2] not in without} for each in (before, now))
        changes = differences(old, new, own=own)
        if not all(each.startswith(_STATUS) for each in changes) or not changes:
            break
    return changes


def differences(before: Objects, after: Objects, *, own: str) -> list[str]:
    """What came, went or changed, each in a line: anything of this installation, and of others what was asked for."""
    known = ids(before) | ids(after)
    old, new = (lasting(each, own=own, known=known) for each in (before, after))
    gone = [key for key in old.keys() - new.keys() if is_own(before[key], own) or not may_go(before[key])]
    both = old.keys() & new.keys()
    return sorted(
        [
            *(f"came: {' '.join(key)}" for key in new.keys() - old.keys()),
            *(f"went: {' '.join(key)}" for key in gone),
            *(f"changed: {line}" for key in both for line in _lines(key, old[key].wanted, new[key].wanted)),
            *(f"{_STATUS}{line}" for key in both for line in _lines(key, old[key].status, new[key].status)),
        ]
    )


def unlike(one: Objects, other: Objects) -> list[str]:
    """What of two sets of objects is not the same, each in a line, whatever it is."""
    return sorted(
        [
            *(f"came: {' '.join(key)}" for key in other.keys() - one.keys()),
            *(f"went: {' '.join(key)}" for key in one.keys() - other.keys()),
            *(f"changed: {line}" for key in one.keys() & other.keys() for line in _lines(key, one[key], other[key])),
        ]
    )


async def told(cluster: Cluster) -> dict[str, str]:
    """All events, and all objects but Secrets with every field of them, each as one text."""
    events = json.dumps(await cluster.kubectl.get("events", "--all-namespaces"))
    kinds = (await cluster.kubectl("api-resources", "--verbs=list", "--output=name", "--no-headers")).split()
    wanted = ",".join(sorted(set(kinds) - {"secrets"}))
    everything = await cluster.kubectl("get", wanted, "--all-namespaces", "--output=json", "--show-managed-fields")
    return {"events": events, "objects": everything}


async def names_of(postgres: Postgres) -> set[str]:
    """Every database and role of the server."""
    connection = await asyncpg.connect(postgres.superuser_url)
    try:
        query = "SELECT 'database ' || datname FROM pg_database UNION ALL SELECT 'role ' || rolname FROM pg_roles"
        return {str(row[0]) for row in await connection.fetch(query)}
    finally:
        await connection.close()


async def _listed(cluster: Cluster, kinds: str) -> Objects:
    text = await cluster.kubectl("get", kinds, "--all-namespaces", "--output=json", "--ignore-not-found")
    items: list[Any] = json.loads(text)["items"] if text.strip() else []
    return {_place(one): one for one in items}


def _place(one: Mapping[str, Any]) -> Place:
    metadata = one["metadata"]
    return Place(f"{one['apiVersion']} {one['kind']}", metadata.get("namespace", ""), metadata["name"])


def _lines(key: Place, before: Any, after: Any) -> list[str]:
    """Where in an object something is another, and what it was; of a Secret nobody is told what."""
    found = _paths(before, after, "")
    told = ((path, "" if key[0] == "v1 Secret" else f": {old} -> {new}") for path, old, new in found)
    return [f"{' '.join(key)}: {path}{values}" for path, values in told]


def _paths(before: Any, after: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(before, dict) and isinstance(after, dict):
        old, new = mapping_of(before), mapping_of(after)
        for name in sorted(old.keys() | new.keys()):
            yield from _paths(old.get(name), new.get(name), f"{path}.{name}")
    elif before != after:
        yield path, before, after
