"""The proxy on one machine: forwards by host, keeps robots away, leaves nothing behind."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from domain.errors import PermanentError
from embedded.leftovers import family
from embedded.ports import HOST, free_ports
from embedded.traefik import Traefik, share_siblings, traefik
from tests.embedded.traces import files_outside
from tests.embedded.waiting import alive, eventually
from tests.waiting import until

pytestmark = pytest.mark.server


@pytest.fixture
async def echo() -> AsyncIterator[int]:
    """The port of a web server that answers every request with the head that it received."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(head), head))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, HOST, 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def _route(proxy: Traefik, name: str, port: int) -> Path:
    """The file that leads requests for this host to that port, put in its place as a whole."""
    service = {"loadBalancer": {"servers": [{"url": f"http://{HOST}:{port}"}]}}
    router = {"rule": f"Host(`{name}.localhost`)", "service": name}
    file = proxy.routes / f"{name}.yml"
    draft = file.with_suffix(".new")
    draft.write_text(json.dumps({"http": {"routers": {name: router}, "services": {name: service}}}))
    return draft.replace(file)


def _get(proxy: Traefik, host: str, path: str = "/") -> httpx.Response:
    """What the proxy answers for this host."""
    return httpx.get(f"http://{HOST}:{proxy.port}{path}", headers={"Host": host}, trust_env=False)


async def _status(proxy: Traefik, host: str, wanted: int) -> httpx.Response:
    """The first answer with this status; fails the test if none comes."""
    async with asyncio.timeout(15):
        while True:
            answer = await asyncio.to_thread(_get, proxy, host, "/ping")
            if answer.status_code == wanted:
                return answer


async def test_a_preview_answers_on_its_host_as_soon_as_its_route_is_written(traefik: Traefik, echo: int) -> None:
    """The preview sees its own host and path, even `/ping`, and search engines are asked to stay away."""
    file = _route(traefik, "shop-12", echo)

    answer = await _status(traefik, "shop-12.localhost", 200)
    file.unlink()
    gone = await _status(traefik, "shop-12.localhost", 404)

    assert answer.text.startswith("GET /ping HTTP/1.1")
    assert "Host: shop-12.localhost\r\n" in answer.text
    assert answer.headers["x-robots-tag"] == "noindex"
    assert gone.status_code == 404


async def test_nothing_of_a_proxy_is_left_and_its_routes_are(tmp_path: Path, echo: int) -> None:
    """After a restart the same previews answer; no process and no file of the proxy lies elsewhere."""
    [port] = free_ports(1)

    async with traefik(tmp_path, port=port) as proxy:
        members = family(proxy.process.pid)
        outside = files_outside(tmp_path, proxy.process.pid)
        _route(proxy, "shop-12", echo)
    await eventually(lambda: not alive(members))

    async with traefik(tmp_path, port=port) as proxy:
        answer = await _status(proxy, "shop-12.localhost", 200)

    assert outside == set()
    assert answer.status_code == 200


async def test_a_port_that_is_taken_is_an_error_with_its_cure(tmp_path: Path, echo: int) -> None:
    """The user learns which port is in the way."""
    with pytest.raises(PermanentError, match=f"Port {echo} .*Traefik wants, is held by .*process {os.getpid()}"):
        async with traefik(tmp_path, port=echo):
            pass


async def test_one_path_of_every_host_leads_to_the_receiver(traefik: Traefik, echo: int) -> None:
    """Front ends find the URLs of their preview at their own host; every other path stays the preview's."""
    # As an installation does: Traefik sees no change of that file by itself, and reads it with the next route's.
    share_siblings(traefik.routes, echo)
    _route(traefik, "shop-14", 1)  # A port where nobody answers: 502.
    await _status(traefik, "shop-14.localhost", 502)

    async def document() -> bool:
        answer = await asyncio.to_thread(_get, traefik, "shop-14.localhost", "/.matinee/config.json")
        return "Host: shop-14.localhost\r\n" in answer.text

    await until(document, "the receiver is asked")
    others = ("/", "/.matinee", "/.matinee/config.json/more", "/other/.matinee/config.json")
    assert [_get(traefik, "shop-14.localhost", path).status_code for path in others] == [502] * 4
