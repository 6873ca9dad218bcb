"""A workshop for tests of rendering: repositories in a folder, a renderer with the real programs, and a web server."""

import os
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from adapters.processes.users import Users
from adapters.rendering.calling import Limits
from adapters.rendering.pulling import Charts
from adapters.rendering.renderer import Renderer
from domain.errors import PermanentError
from domain.manifests.policy import Manifest
from domain.phases import Reason
from domain.renderings import Rendering
from tests.domain.manifests.cases import IMAGE, RULES
from tools.kubernetes import building

VARIABLES = {
    "namespace": RULES.namespace,
    "commit": "abc",
    "number": "12",
    **{
        f"{prefix}{word}": f"{scheme}{host}"
        for prefix, host in (("", RULES.hosts[0]), ("web.", RULES.hosts[0]), ("api.", RULES.hosts[1]))
        for word, scheme in (("url", "https://"), ("host", ""))
    },
    "web.image": IMAGE,
    "api.image": IMAGE,
}
"""What our variables become in these tests."""

CHART = {"Chart.yaml": "apiVersion: v2\nname: shop\nversion: 0.1.0\n"}
"""The least that a chart needs."""

needs_programs = [pytest.mark.cluster, pytest.mark.server, pytest.mark.slow]
"""The marks of tests that run helm and kubectl, which `make programs` builds."""


class Workshop:
    """A repository's files at a commit, and what is made of them."""

    def __init__(self, folder: Path, limits: Limits | None = None) -> None:
        self.tree = folder / "tree"
        self.tree.mkdir()
        self.folder = folder / "renderings"
        self.users = Users(folder) if os.geteuid() == 0 else None
        self.limits = limits
        self.charts = Charts()

    def write(self, files: dict[str, str], folder: str = ".") -> None:
        """These files are in the repository."""
        for name, text in files.items():
            place = self.tree / folder / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)

    def renderer(self) -> Renderer:
        """A renderer with the programs of the tests; a test without them is left out."""
        missing = [name for name in ("helm", "kubectl") if not building.program(name).exists()]
        if missing:
            pytest.skip(f"no programs to render with here ({', '.join(missing)}): make programs, which needs Go")
        return Renderer(
            folder=self.folder,
            helm=str(building.program("helm")),
            kubectl=str(building.program("kubectl")),
            users=self.users,
            charts=self.charts,
            limits=self.limits,
        )

    async def render(self, rendering: Rendering, *, upgrade: bool = False) -> tuple[Manifest, ...]:
        """What comes out; afterwards nothing is left of the rendering."""
        made = await self.renderer().render(self.tree, rendering, VARIABLES, lambda: None, upgrade=upgrade)
        self.require_clean()
        return made

    async def refused(self, rendering: Rendering) -> str:
        """What is said when nothing comes out; afterwards nothing is left either."""
        renderer = self.renderer()
        with pytest.raises(PermanentError) as refusal:
            await renderer.render(self.tree, rendering, VARIABLES, lambda: None)
        assert refusal.value.reason is Reason.DEFINITION_INVALID
        assert str(self.folder) not in refusal.value.message
        self.require_clean()
        return refusal.value.message

    def require_clean(self) -> None:
        """No folder and no user is left of a rendering."""
        assert not self.folder.exists() or list(self.folder.iterdir()) == []
        assert self.users is None or self.users.under("") == {}


class Website:
    """A real web server that remembers what it was asked."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.asked: list[str] = []


@contextmanager
def website(answer: bytes) -> Generator[Website]:
    """A server on the loopback address that answers everything with this, as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """The answer, and a note of the question."""
            site.asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - the library's name
            """Nothing on the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site = Website(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
