"""Listing: every object of every kind that a cluster has, so that two moments can be compared."""

import asyncio
import json
import re
from collections.abc import Mapping
from typing import Any

import asyncpg

from domain.manifests.shapes import list_of, mapping_of
from embedded.postgres import Postgres
from tests.cluster.described import Cluster
from tests.waiting import until

Objects = Mapping[tuple[str, str, str], Any]
"""What is there, by kind, namespace and name."""

_PASSING = {"events", "events.events.k8s.io", "leases.coordination.k8s.io"}
"""Kinds that say what happened, or who is alive."""

_VERSIONS = {"resourceVersion", "managedFields", "observedGeneration", "generation"}
_KEPT_BY_NODES = {"images", "volumesInUse"}
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*Z")


async def objects_of(cluster: Cluster) -> Objects:
    """All objects, without versions and times; first, what others are taking down is waited for."""
    await until(lambda: _calm(cluster), "no namespace is being removed", seconds=120)
    kinds = (await cluster.kubectl("api-resources", "--verbs=list", "--output=name", "--no-headers")).split()
    wanted = sorted(set(kinds) - _PASSING)
    found = await asyncio.gather(*(_listed(cluster, ",".join(wanted[start::4])) for start in range(4)))
    return {key: one for part in found for key, one in part.items()}


def differences(before: Objects, after: Objects) -> list[str]:
    """What came, went or changed, each in a line."""
    came = [f"came: {' '.join(key)}" for key in after.keys() - before.keys()]
    went = [f"went: {' '.join(key)}" for key in before.keys() - after.keys()]
    changed = [
        f"changed: {' '.join(key)}: {before[key]} -> {after[key]}"
        for key in before.keys() & after.keys()
        if before[key] != after[key]
    ]
    return sorted([*came, *went, *changed])


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
    return {_key(one): _lasting(one) for one in items}


def _key(one: Mapping[str, Any]) -> tuple[str, str, str]:
    metadata = one["metadata"]
    return f"{one['apiVersion']} {one['kind']}", metadata.get("namespace", ""), metadata["name"]


def _lasting(one: Mapping[str, Any]) -> Any:
    """The object without what changes by itself: versions, times, which images a node has kept, why a pod waits."""
    content = {**one, "status": mapping_of(one.get("status"))}
    if one["kind"] == "Node":
        content["status"] = {key: value for key, value in content["status"].items() if key not in _KEPT_BY_NODES}
    if one["kind"] == "Pod":
        # The scheduler counts the nodes in it, and others play nodes for a while.
        conditions = [mapping_of(each) for each in list_of(content["status"].get("conditions"))]
        content["status"]["conditions"] = [{**each, "message": ""} for each in conditions]
    return _timeless(content)


def _timeless(value: object) -> object:
    if isinstance(value, dict):
        return {key: _timeless(each) for key, each in mapping_of(value).items() if key not in _VERSIONS}
    if isinstance(value, list):
        return [_timeless(each) for each in list_of(value)]
    return "(a time)" if isinstance(value, str) and _TIME.fullmatch(value) else value


async def _calm(cluster: Cluster) -> bool:
    found = await cluster.kubectl.get("namespaces")
    return not [one for one in found["items"] if one["metadata"].get("deletionTimestamp")]
