"""Temporal on one machine: answers, keeps what it knows, leaves nothing behind."""

from pathlib import Path

import pytest
from temporalio.client import Client

from activities import attributes
from domain.errors import PermanentError
from embedded.leftovers import family
from embedded.ports import free_ports
from embedded.temporal import temporal
from tests.embedded.traces import files_outside, names_in
from tests.embedded.waiting import alive, eventually

pytestmark = pytest.mark.server


async def test_a_workflow_is_found_by_its_search_attributes_after_a_restart(tmp_path: Path) -> None:
    """Yesterday's previews are there today; no process and no file of the server lies elsewhere."""
    port, ui_port = free_ports(2)

    async with temporal(tmp_path, port=port, ui_port=ui_port, search_attributes=attributes.ALL) as server:
        members = family(server.process.pid)
        client = await Client.connect(server.address)
        await client.start_workflow("Anything", id="kept", task_queue="nobody")
        outside = files_outside(tmp_path, server.process.pid)
    await eventually(lambda: not alive(members))

    async with temporal(tmp_path, port=port, ui_port=ui_port, search_attributes=attributes.ALL) as server:
        client = await Client.connect(server.address)
        description = await client.get_workflow_handle("kept").describe()
        found = await client.count_workflows("MatineePhase = 'ready' AND MatineeNumber = 12")

    assert outside == set()
    assert description.id == "kept"
    assert found.count == 0


async def test_a_server_in_memory_keeps_no_file_of_data(tmp_path: Path) -> None:
    """A test's server forgets everything at its end."""
    port, ui_port = free_ports(2)

    async with temporal(tmp_path, port=port, ui_port=ui_port, search_attributes=attributes.ALL, in_memory=True):
        pass

    assert not any("sqlite" in name for name in names_in(tmp_path))


async def test_a_port_that_is_taken_is_an_error_with_its_cure(tmp_path: Path) -> None:
    """The user learns which port is in the way."""
    port, ui_port, other = free_ports(3)

    async with temporal(tmp_path / "one", port=port, ui_port=ui_port, search_attributes={}, in_memory=True):
        with pytest.raises(PermanentError, match=f"Port {port} .*Temporal wants, is held by temporal"):
            async with temporal(tmp_path / "two", port=port, ui_port=other, search_attributes={}, in_memory=True):
                pass
