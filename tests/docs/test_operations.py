"""The filters on the page about operating are understood by a server, and find what they say."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio.common import SearchAttributePair, TypedSearchAttributes
from temporalio.testing import WorkflowEnvironment

from activities.attributes import PHASE, PHASE_SINCE
from embedded.programs import beside_python
from tests.docs.pages import DOCS, blocks
from tests.waiting import until

FILTERS = blocks((DOCS / "how-to" / "operations.md").read_text().partition("<!-- tested:")[2], "sh")[0].splitlines()


@pytest.mark.server
@pytest.mark.parametrize("command", FILTERS)
async def test_filters_are_understood(temporal: WorkflowEnvironment, command: str) -> None:
    """Each filter on the page can be typed as it stands."""
    code, said = await _run(command, temporal)

    assert code == 0, said


@pytest.mark.server
async def test_what_builds_for_long_is_one_filter(temporal: WorkflowEnvironment) -> None:
    """An operator sees what has been building for longer than 15 minutes, and nothing that has just begun."""
    now = datetime.now(UTC)
    long = await _building(temporal, since=now - timedelta(minutes=20))
    short = await _building(temporal, since=now - timedelta(minutes=5))

    async def found() -> str | None:
        _, said = await _run(FILTERS[1], temporal)
        return said if long in said else None

    assert short not in await until(found, "the server lists the long build")


async def _building(temporal: WorkflowEnvironment, *, since: datetime) -> str:
    """The id of a workflow that says that it has been building since then."""
    name = f"docs-{uuid.uuid4()}"
    attributes = TypedSearchAttributes(
        [SearchAttributePair(PHASE, "building"), SearchAttributePair(PHASE_SINCE, since)]
    )
    await temporal.client.start_workflow(
        "NobodyRunsThis", id=name, task_queue=name, search_attributes=attributes, execution_timeout=timedelta(minutes=5)
    )
    return name


async def _run(command: str, temporal: WorkflowEnvironment) -> tuple[int | None, str]:
    """The exit code of the command, and what it printed."""
    address = temporal.client.service_client.config.target_host
    environment = {"PATH": f"{Path(beside_python('temporal')).parent}:/usr/bin:/bin", "TEMPORAL_ADDRESS": address}
    process = await asyncio.create_subprocess_exec(
        *("bash", "-e", "-c", command),
        env=environment | {"HOME": "/nonexistent"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await process.communicate()
    return process.returncode, printed.decode()
