"""Fixtures that any test may ask for: real servers shared by a whole run, so that each is started once."""

from collections.abc import AsyncIterator

import pytest
from temporalio.testing import WorkflowEnvironment

from tests.servers import skipping_server, temporal_server


@pytest.fixture(scope="session")
async def temporal() -> AsyncIterator[WorkflowEnvironment]:
    """A development server with a real clock, shared by the run: use workflow ids of your own."""
    async with temporal_server() as environment:
        yield environment


@pytest.fixture(scope="session")
async def skipping() -> AsyncIterator[WorkflowEnvironment]:
    """A time-skipping server, shared by the run: use workflow ids of your own."""
    async with skipping_server() as environment:
        yield environment
