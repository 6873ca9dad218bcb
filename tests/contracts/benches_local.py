"""The benches of the local platform: with users of their own, where we are root, and without."""

import asyncio
import http.client
import json
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from adapters.platforms.local.platform import LocalPlatform
from adapters.processes.finding import under
from adapters.processes.users import Users
from domain.ports import Platform
from domain.resources import Image
from tests.contracts.platform_bench import LOCAL_HOST, LOCAL_NAMED, Commands, PlatformBench, PlatformBenchOpener
from tests.servers import open_folder

_SERVER = """
import http.server, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = os.environ.get("GREETING", "").encode()
        if self.path == "/flags":
            body = open(os.environ["FLAGD_OFFLINE_FLAG_SOURCE_PATH"], "rb").read()
        self.send_response(503 if "unwell" in sys.argv else 200)
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
print("listening", flush=True)
print(os.environ.get("DATABASE_URL", ""), flush=True)
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""


class LocalPlatformBench:
    """The local platform on a data folder of its own."""

    host = LOCAL_HOST
    named = LOCAL_NAMED
    commands = Commands(
        answering=("python3", "server.py"),
        unwell=("python3", "server.py", "unwell"),
        failing=("sh", "-c", "echo cannot find the moon; exit 3"),
        fortune=("sh", "-c", "od -An -N8 -tx1 /dev/urandom"),
        endless=("sh", "-c", "echo waiting; sleep 1000 & wait"),
        telling=("sh", "-c", "echo $DATABASE_URL"),
    )

    def __init__(self, data: Path, *, own_users: bool) -> None:
        self.data = data
        self.tree = data / "images" / "shop"
        self.tree.mkdir(parents=True)
        (self.tree / "server.py").write_text(_SERVER)
        self.users = Users(data) if own_users else None
        self.local = self.installed("matinee")
        self.platform: Platform = self.local
        self.other: Platform = self.installed("other")

    def installed(self, installation: str, *, users: Users | None = None) -> LocalPlatform:
        """The platform of one installation, which looks once when it is asked to settle."""
        return LocalPlatform(
            instance="local",
            installation=installation,
            data=self.data,
            now=lambda: datetime.now(UTC),
            users=users or self.users,
            patience=0.0,
            drain=0.0,
        )

    def image(self, service: str) -> Image:
        """The one tree, which every service gets a copy of."""
        return Image(service=service, reference=f"file://{self.tree}", digest="1")

    async def answer(self, host: str, path: str = "/") -> str | None:
        """What the service behind the host's route answers on loopback."""
        port = self.port(host)
        return await asyncio.to_thread(_get, port, path) if port else None

    def port(self, host: str) -> int | None:
        """Where the proxy would send a visitor of this host."""
        for file in (self.data / "traefik" / "routes").glob("*.yml"):
            routes = json.loads(file.read_text().partition("\n")[2])["http"]
            for router in routes["routers"].values():
                if router["rule"] == f"Host(`{host}`)":
                    url = routes["services"][router["service"]]["loadBalancer"]["servers"][0]["url"]
                    return int(url.rpartition(":")[2])
        return None


def _get(port: int, path: str) -> str | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().read().decode()
    except OSError:
        return None
    finally:
        connection.close()


@asynccontextmanager
async def open_local(*, own_users: bool) -> AsyncGenerator[LocalPlatformBench]:
    """The local platform on an empty data folder; in the end nothing of it runs any more."""
    with open_folder() as data:
        bench = LocalPlatformBench(data, own_users=own_users)
        try:
            yield bench
        finally:
            await bench.local.stop_all()
            await bench.installed("other").stop_all()
        assert under(str(data)) == []


@asynccontextmanager
async def _open(*, own_users: bool) -> AsyncGenerator[PlatformBench]:
    async with open_local(own_users=own_users) as bench:
        yield bench


PLATFORM_MARKS = (pytest.mark.server,)
"""Real processes take their time."""

_WITH_USERS: dict[str, PlatformBenchOpener] = {"local with users": partial(_open, own_users=True)}
PLATFORM_BENCHES: dict[str, PlatformBenchOpener] = {"local": partial(_open, own_users=False)} | (
    _WITH_USERS if os.geteuid() == 0 else {}
)
"""What tests/contracts/test_platforms.py runs over."""
