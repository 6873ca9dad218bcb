"""Repairing: every preview is told what it may have missed, after the machine that it ran on was stopped."""

from temporalio.client import Client, WorkflowExecution
from temporalio.service import RPCError, RPCStatusCode

from domain.messages import Observed, Push
from starter.listing import RUNNING
from starter.scheduling import HEAL


async def repair_all(client: Client, why: str) -> int:
    """How many previews were live; each deploys its live revision again with the data that it has, or a newer one.

    Pull requests that were opened meanwhile are looked for as well, which nobody waits for.
    """
    told = [await _repair(client, execution, why) async for execution in client.list_workflows(RUNNING)]
    await client.get_schedule_handle(HEAL).trigger()
    return sum(told)


async def _repair(client: Client, execution: WorkflowExecution, why: str) -> bool:
    """Whether the preview was live; one that has just ended needs nothing."""
    handle = client.get_workflow_handle(execution.id)
    try:
        await handle.signal("push", Push(event="up"))
        await handle.signal("observed", Observed(healthy=False, detail=why))
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return False
    return bool((await execution.memo()).get("url"))
