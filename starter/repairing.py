"""Repairing: every preview is told that it may not answer, after the machine that it ran on was stopped."""

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from domain.messages import Observed
from starter.listing import RUNNING


async def repair_all(client: Client, why: str) -> int:
    """How many running previews were told. Each deploys its live revision again, with the data that it has."""
    told = 0
    async for execution in client.list_workflows(RUNNING):
        try:
            await client.get_workflow_handle(execution.id).signal("observed", Observed(healthy=False, detail=why))
            told += 1
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
    return told
