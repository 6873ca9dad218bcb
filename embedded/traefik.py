"""Traefik: the reverse proxy in front of local previews, which learns its routes from files."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from embedded.ports import HOST
from embedded.processes import Program, Running, running
from embedded.programs import beside_python

ENTRY_POINT = "web"
"""The one entry point; a router that names none is on it."""

_PING_HOST = "ping.matinee.invalid"
"""A host that no preview can have (RFC 6761 §6.4), so that a preview's own `/ping` stays its own."""

_SIBLINGS = "/.matinee/config.json"
_FIRST = 1_000_000
"""Before every other rule, whose weight is how many letters it has."""

_BASE = {
    "http": {
        "middlewares": {"noindex": {"headers": {"customResponseHeaders": {"X-Robots-Tag": "noindex"}}}},
        "routers": {"ping": {"rule": f"Host(`{_PING_HOST}`)", "service": "ping@internal"}},
    }
}


@dataclass(frozen=True, kw_only=True)
class Traefik:
    """Where the proxy answers, and the folder that it reads routes from: `*.yml`, watched."""

    port: int
    routes: Path
    process: Running = field(repr=False, compare=False)


def share_siblings(routes: Path, receiver: int) -> None:
    """At every host, the one path where front ends find the URLs of their preview leads to the receiver on this port.

    No preview has a route to lose by it: it is written once, for all of them, and before theirs. Traefik notices no
    change below its folder by itself; it reads this file with the next change of a route.
    """
    content = {
        "http": {
            "routers": {"siblings": {"rule": f"Path(`{_SIBLINGS}`)", "priority": _FIRST, "service": "siblings"}},
            "services": {"siblings": {"loadBalancer": {"servers": [{"url": f"http://{HOST}:{receiver}"}]}}},
        }
    }
    (routes / "installation" / "siblings.yml").write_text(json.dumps(content))


@asynccontextmanager
async def traefik(folder: Path, *, port: int) -> AsyncGenerator[Traefik]:
    """A proxy that answers inside the block; `folder / "routes"` says what it forwards where.

    It passes the Host header on, asks robots to stay away, writes no access log and calls nobody.
    """
    routes = folder / "routes"
    # A folder of its own keeps our file out of sight of whoever lists the routes of previews.
    (routes / "installation").mkdir(parents=True, exist_ok=True)
    (routes / "installation" / "base.yml").write_text(json.dumps(_BASE))
    program = Program(
        name="Traefik",
        command=(beside_python("traefik"), *_options(routes, port)),
        folder=folder,
        ports=(port,),
        cure=f"Its log says more. Without {folder} it begins anew, and what it knew is lost.",
    )

    async def ready() -> bool:
        return await _answers(port)

    async with running(program, ready) as process:
        yield Traefik(port=port, routes=routes, process=process)


def _options(routes: Path, port: int) -> tuple[str, ...]:
    """What Traefik is told when it starts."""
    entry = f"--entrypoints.{ENTRY_POINT}"
    return (
        f"{entry}.address={HOST}:{port}",
        f"{entry}.http.middlewares=noindex@file",
        f"{entry}.transport.lifecycle.gracetimeout=2s",
        f"--providers.file.directory={routes}",
        "--providers.file.watch=true",
        # By default two changes less than two seconds apart wait for each other.
        "--providers.providersthrottleduration=100ms",
        "--ping=true",
        "--ping.manualrouting=true",
        "--global.checknewversion=false",
        "--global.sendanonymoususage=false",
        "--log.level=WARN",
        "--log.nocolor=true",
    )


async def _answers(port: int) -> bool:
    """Whether the proxy has read its first routes and answers by them."""
    try:
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"http://{HOST}:{port}/", headers={"Host": _PING_HOST})
    except httpx.TransportError:
        return False
    return answer.is_success
