"""Looking what is really there: in PostgreSQL, among the processes, in the proxy's routes, in folders, at the forge.

Nothing here asks a workflow, which could be mistaken about what it did.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import httpx
import psutil

from adapters.platforms.local.detaching import OWN
from adapters.processes.confinements import MARK
from adapters.processes.finding import under, variables_of
from domain.names import database_name
from tests.faults.sites import Site


@dataclass(frozen=True, kw_only=True)
class Traces:
    """What there is of one preview, by name. Of a service's processes only the first one counts."""

    databases: tuple[str, ...]
    roles: tuple[str, ...]
    releases: tuple[str, ...]
    supervisors: tuple[str, ...]
    services: tuple[str, ...]
    runs: tuple[str, ...]
    routes: tuple[str, ...]
    folders: tuple[str, ...]


NOTHING = Traces(databases=(), roles=(), releases=(), supervisors=(), services=(), runs=(), routes=(), folders=())


async def traces_of(site: Site, label: str) -> Traces:
    """Everything on the machine and the server that belongs to the preview of this label."""
    preview = site.data / "previews" / label
    releases = [path for path in (preview / "releases").glob("*") if path.is_dir()]
    name = database_name(label)
    return Traces(
        databases=await names(site, "SELECT datname FROM pg_database WHERE datname = $1", name),
        roles=await names(site, "SELECT rolname FROM pg_roles WHERE rolname = $1", name),
        releases=tuple(path.name for path in releases),
        supervisors=tuple(sorted(_first(str(preview / "releases"), own=True))),
        services=tuple(sorted(_first(str(preview / "releases"), own=False))),
        runs=tuple(sorted(str(process.pid) for process in under(str(preview / "runs")))),
        routes=_hosts(site.data / "traefik" / "routes" / f"{label}.yml"),
        folders=tuple(str(path) for path in (preview, site.data / "images" / label) if path.exists()),
    )


async def names(site: Site, query: str, *arguments: str) -> tuple[str, ...]:
    """The first column of what the superuser reads of the server."""
    return tuple(str(row[0]) for row in await rows(site, "postgres", query, *arguments))


async def rows(site: Site, database: str, query: str, *arguments: str) -> list[asyncpg.Record]:
    """What the superuser reads in a database."""
    connection = await asyncpg.connect(site.postgres(database))
    try:
        return await connection.fetch(query, *arguments)
    finally:
        await connection.close()


def live_release(site: Site, label: str) -> str:
    """The release that the platform says answers."""
    content = json.loads((site.data / "previews" / label / "live.json").read_text())
    return str(content["release"])


async def answer(site: Site, url: str, path: str) -> httpx.Response:
    """What a visitor gets: names below localhost are this machine's."""
    host = urlsplit(url).netloc
    async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
        return await client.get(f"http://127.0.0.1:{site.parts.traefik.port}{path}", headers={"Host": host})


def _first(folder: str, *, own: bool) -> list[str]:
    """The marks of the processes here whose parent has another mark: one for each command that was started."""
    found: list[str] = []
    for process in under(folder):
        mark = variables_of(process).get(MARK, "")
        if mark.endswith(OWN) is own and _mark_of_parent(process) != mark:
            found.append(Path(mark.removesuffix(OWN)).name)
    return found


def _mark_of_parent(process: psutil.Process) -> str:
    try:
        parent = process.parent()
    except psutil.Error:
        return ""
    return variables_of(parent).get(MARK, "") if parent else ""


def _hosts(route: Path) -> tuple[str, ...]:
    if not route.exists():
        return ()
    content = json.loads(route.read_text().partition("\n")[2])
    return tuple(sorted(content["http"]["routers"]))
