"""`matinee logs`: the services' last lines, from the platform itself."""

import asyncio
from datetime import UTC, datetime

import pytest
from temporalio.testing import WorkflowEnvironment

from domain.definitions import Service
from domain.messages import Status
from domain.pulls import Revision
from domain.requests import DeployRequest, LogsRequest, ServiceRequest
from tests.contracts.benches_local import LocalPlatformBench, open_local
from tests.starter.commands.command_lines import command_line
from tests.waiting import until
from tests.workflows.stages import stage


@pytest.mark.server
async def test_logs_are_those_of_the_running_services(temporal: WorkflowEnvironment) -> None:
    """All services or one, for people with the service's name before each line, for programs as a list."""
    async with open_local(own_users=False) as bench, stage(temporal.client) as own:
        key = own.opened()
        await own.ready(key)
        matinee = command_line(temporal.client, bench.data, PLATFORMS__LOCAL__OWN_USERS="false")
        before = await matinee("logs", str(key))
        status = await own.status(key)
        await bench.local.deploy(_request(status, bench), None)

        async def written() -> bool:
            return "listening" in await bench.local.logs(LogsRequest(key=key, label=status.label, instance="local"))

        await until(written, "the service has written its first line")
        one, program, other = await asyncio.gather(
            matinee("logs", str(key), "web", "--lines", "2"),
            matinee("logs", str(key), "--json"),
            matinee("logs", str(key), "nothing"),
        )

    assert (before.code, before.out) == (0, "")
    assert "nothing is written yet" in before.err
    assert (one.code, one.out) == (0, "web | listening\n")
    assert any("listening" in line for line in program.json["lines"])
    assert other.out == ""


def _request(status: Status, bench: LocalPlatformBench) -> DeployRequest:
    """What deploys one service of this preview on the bench's platform."""
    service = Service(name="web", command=bench.commands.answering, port=8000)
    return DeployRequest(
        key=status.key,
        label=status.label,
        instance="local",
        revision=Revision(commit=status.commit, pushed_at=datetime.now(UTC)),
        release="r1",
        services=(ServiceRequest(service=service, image=bench.image("web"), environment={}, url=None),),
        database=None,
        variable="DATABASE_URL",
    )
