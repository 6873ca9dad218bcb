"""Fixtures that any test may ask for: real servers shared by a whole run, so that each is started once."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from temporalio.testing import WorkflowEnvironment

from embedded.postgres import Postgres
from embedded.traefik import Traefik
from tests import servers


@pytest.fixture(scope="session")
async def temporal() -> AsyncIterator[WorkflowEnvironment]:
    """A development server with a real clock, shared by the run: use workflow ids of your own."""
    async with servers.temporal_server() as environment:
        yield environment


@pytest.fixture(scope="session")
async def skipping() -> AsyncIterator[WorkflowEnvironment]:
    """A time-skipping server, shared by the run: use workflow ids of your own."""
    async with servers.skipping_server() as environment:
        yield environment


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """An empty folder that the users of servers may enter, as they may not enter pytest's own."""
    with servers.open_folder() as folder:
        yield folder


@pytest.fixture(
    scope="session", params=sorted(servers.POSTGRES, reverse=True), ids=lambda version: f"postgres{version}"
)
async def postgres(request: pytest.FixtureRequest) -> AsyncIterator[Postgres]:
    """Each PostgreSQL of this machine, shared by the run: use names of your own."""
    with servers.open_folder() as folder:
        async with servers.postgres_server(folder, request.param) as server:
            yield server


@pytest.fixture(scope="session")
async def postgres18() -> AsyncIterator[Postgres]:
    """PostgreSQL 18 only, shared by the run, for tests that are not about the database: use names of your own."""
    with servers.open_folder() as folder:
        async with servers.postgres_server(folder) as server:
            yield server


@pytest.fixture(scope="session")
async def traefik() -> AsyncIterator[Traefik]:
    """A proxy, shared by the run: use hosts and file names of your own."""
    with servers.open_folder() as folder:
        async with servers.traefik_server(folder) as server:
            yield server
