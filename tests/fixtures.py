"""Fixtures that any test may ask for: real servers shared by a whole run, so that each is started once.

What starts them is imported only by the fixture that needs it: pytest loads this file for every run, and tests of
pure code should neither wait for Temporal's client nor fail because a server's code is being changed.
"""

# ruff: noqa: PLC0415 - for the reason above

import shlex
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from temporalio.testing import WorkflowEnvironment

    from embedded.postgres import Postgres
    from embedded.traefik import Traefik
    from tests.cluster.described import Cluster


@pytest.fixture(scope="session")
async def temporal() -> "AsyncIterator[WorkflowEnvironment]":
    """A development server with a real clock, shared by the run: use workflow ids of your own."""
    from tests import servers

    async with servers.temporal_server() as environment:
        yield environment


@pytest.fixture(scope="session")
async def skipping() -> "AsyncIterator[WorkflowEnvironment]":
    """A time-skipping server, shared by the run: use workflow ids of your own."""
    from tests import servers

    async with servers.skipping_server() as environment:
        yield environment


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """An empty folder that the users of servers may enter, as they may not enter pytest's own."""
    from tests import servers

    with servers.open_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
async def postgres18() -> "AsyncIterator[Postgres]":
    """The wheel's PostgreSQL, shared by the run: use names of your own."""
    from tests import servers

    with servers.open_folder() as folder:
        async with servers.postgres_server(folder, "18") as server:
            yield server


@pytest.fixture(scope="session")
async def postgres15() -> "AsyncIterator[Postgres]":
    """Debian's PostgreSQL, shared by the run: use names of your own."""
    from tests import servers

    if "15" not in servers.POSTGRES:
        pytest.skip("no PostgreSQL 15 of Debian here: apt-get install postgresql-15")
    with servers.open_folder() as folder:
        async with servers.postgres_server(folder, "15") as server:
            yield server


@pytest.fixture(scope="session", params=["postgres18", "postgres15"])
def postgres(request: pytest.FixtureRequest) -> "Postgres":
    """Each of the two, for tests that are about the database."""
    # It is not async, because no loop may run while pytest fetches the server that is.
    server: Postgres = request.getfixturevalue(request.param)
    return server


@pytest.fixture(params=["18", "15"])
def postgres_version(request: pytest.FixtureRequest) -> str:
    """Each version that this machine has, for tests that start a PostgreSQL of their own (tests/servers.py)."""
    from tests import servers

    version: str = request.param
    if version not in servers.POSTGRES:
        pytest.skip("no PostgreSQL 15 of Debian here: apt-get install postgresql-15")
    return version


@pytest.fixture(scope="session")
async def traefik() -> "AsyncIterator[Traefik]":
    """A proxy, shared by the run: use hosts and file names of your own."""
    from tests import servers

    with servers.open_folder() as folder:
        async with servers.traefik_server(folder) as server:
            yield server


@pytest.fixture(scope="session")
async def cluster() -> "AsyncIterator[Cluster]":
    """A real Kubernetes, shared by the run: use namespaces of your own."""
    from tests import servers
    from tests.cluster import available

    if reason := available.obstacle():
        pytest.skip(reason)
    with servers.open_folder() as folder:
        async with available.available(folder) as running:
            yield running


@pytest.fixture(scope="session")
def matinee_image(cluster: "Cluster") -> str:
    """The digest of Matinee's own image, which the cluster's registry has as `matinee`; building it takes a minute."""
    from tests.docs.pages import blocks
    from tools.image import building

    if missing := building.obstacles():
        pytest.skip(f"no programs that build an image here: apt-get install {' '.join(missing)}")
    # The command of the guide, but for a registry without certificate.
    page = (building.ROOT / "docs" / "how-to" / "kubernetes.md").read_text()
    (line,) = (one for one in blocks(page, "sh") if "tools.image.building" in one)
    command = [*shlex.split(line.replace("registry.example.com", cluster.registry)), "--plain-http"]
    built = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=building.ROOT)
    return built.stdout.decode().strip()
