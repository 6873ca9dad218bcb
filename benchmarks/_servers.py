"""Servers: a Temporal of a benchmark's own, in memory, so that no disk is measured."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from temporalio.client import Client

from activities import attributes
from embedded.ports import free_ports
from embedded.temporal import temporal
from tests.servers import open_folder


@asynccontextmanager
async def temporal_client() -> AsyncGenerator[Client]:
    """A client of a development server that runs inside the block."""
    port, ui_port = free_ports(2)
    with open_folder() as folder:
        async with temporal(
            folder, port=port, ui_port=ui_port, search_attributes=attributes.ALL, in_memory=True
        ) as server:
            yield await Client.connect(server.address)
