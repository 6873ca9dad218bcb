"""Real servers for tests, each an async context manager: what is inside it can talk to a server of its own.

A test that needs one for itself opens it here; the ones shared by a whole run are fixtures in tests/fixtures.py.
"""

import shutil
import tempfile
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path

from temporalio.testing import WorkflowEnvironment

from activities import attributes
from embedded.ports import free_ports
from embedded.postgres import Postgres, postgres
from embedded.programs import beside_python
from embedded.traefik import Traefik, traefik

_DEBIAN = Path("/usr/lib/postgresql/15/bin")

POSTGRES: dict[str, Path | None] = {"18": None} | ({"15": _DEBIAN} if _DEBIAN.exists() else {})
"""The programs of the PostgreSQLs of this machine, by version: None is the wheel's, 15 Debian's if it is there."""

_START_WITHIN = timedelta(seconds=60)


@asynccontextmanager
async def temporal_server(*, ui: bool = False) -> AsyncGenerator[WorkflowEnvironment]:
    """A development server of its own with a real clock, in memory; `.client` is connected to it."""
    environment = await WorkflowEnvironment.start_local(  # pyright: ignore[reportUnknownMemberType] - a bare type argument of theirs
        ui=ui,
        search_attributes=attributes.KEYS,
        dev_server_existing_path=beside_python("temporal"),
        dev_server_startup_timeout=_START_WITHIN,
    )
    async with environment:
        yield environment


@asynccontextmanager
async def skipping_server() -> AsyncGenerator[WorkflowEnvironment]:
    """A development server of its own whose workflows do not wait for timers: days pass in milliseconds.

    `with environment.with_time_skipping_disabled()` starts a workflow that keeps the real clock until
    `fast_forward` moves it.
    """
    environment = await WorkflowEnvironment.start_time_skipping_v2(
        search_attributes=attributes.KEYS,
        dev_server_existing_path=beside_python("temporal"),
        dev_server_extra_args=["--dynamic-config-value", "frontend.WorkflowTimeSkippingEnabled=true"],
        dev_server_startup_timeout=_START_WITHIN,
    )
    async with environment:
        yield environment


@asynccontextmanager
async def postgres_server(folder: Path, version: str = "18", **settings: str) -> AsyncGenerator[Postgres]:
    """A PostgreSQL of its own that is ready for branching; `folder` is an open one (see `open_folder`)."""
    port, binaries = free_ports(1)[0], POSTGRES[version]
    async with postgres(folder, port=port, binaries=binaries, settings=settings) as server:
        yield server


@asynccontextmanager
async def traefik_server(folder: Path) -> AsyncGenerator[Traefik]:
    """A proxy of its own, which reads its routes from `folder / "routes"`."""
    async with traefik(folder, port=free_ports(1)[0]) as server:
        yield server


@contextmanager
def open_folder() -> Generator[Path]:
    """An empty folder that every user may enter, gone at the end; pytest's own are closed to all but us."""
    folder = Path(tempfile.mkdtemp(prefix="matinee-test-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
