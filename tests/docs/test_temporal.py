"""The commands on the page about one's own Temporal prepare a server for workers."""

import asyncio
import re
from pathlib import Path

import pytest
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client

from activities import attributes
from embedded.ports import free_ports
from embedded.programs import beside_python
from embedded.temporal import temporal
from tests.docs.pages import DOCS, blocks

REGISTERING = blocks((DOCS / "how-to" / "temporal.md").read_text().partition("<!-- tested:")[2], "sh")[0]


def test_the_page_registers_every_search_attribute() -> None:
    """No workflow stands still because the page forgot what it writes."""
    registered = dict(re.findall(r"--name (\w+) --type (\w+)", REGISTERING))

    assert registered == {name: kind.name.title().replace("_", "") for name, kind in attributes.ALL.items()}


@pytest.mark.server
async def test_the_commands_register_them(open_folder: Path) -> None:
    """An operator who runs the commands on the page has a server that is ready for a worker."""
    port, ui_port = free_ports(2)
    async with temporal(open_folder, port=port, ui_port=ui_port, search_attributes={}, in_memory=True) as server:
        code = await _run(REGISTERING, address=server.address)
        client = await Client.connect(server.address)
        known = await client.operator_service.list_search_attributes(ListSearchAttributesRequest(namespace="default"))

    assert code == 0
    assert {name: known.custom_attributes[name] for name in attributes.ALL} == attributes.ALL


async def _run(script: str, *, address: str) -> int:
    """The exit code of the commands, `temporal` being the one that is tested with."""
    folder = Path(beside_python("temporal")).parent
    environment = {"PATH": f"{folder}:/usr/bin:/bin", "HOME": "/nonexistent", "TEMPORAL_ADDRESS": address}
    process = await asyncio.create_subprocess_exec("bash", "-e", "-c", script, env=environment)
    return await process.wait()
