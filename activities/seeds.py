"""Having a seed ready: found, or built by a workflow of its own that any number of previews wait for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from temporalio import activity
from temporalio.client import Client, WorkflowExecution, WorkflowExecutionStatus, WorkflowFailureError
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError, RPCStatusCode

from activities.failures import told_to_temporal
from domain.errors import NotYet, PermanentError, shortened
from domain.names import seed_id
from domain.phases import Reason
from domain.ports import Database
from domain.requests import SeedRequest


@dataclass(frozen=True)
class SeedActivities:
    """The configured databases by name, and the client that starts the workflow of a seed that is missing."""

    client: Client
    databases: Mapping[str, Database]

    @activity.defn(name="have_seed")
    async def have_seed(self, request: SeedRequest) -> None:
        """The seed is sealed. If not, its workflow is started by the first attempt and waited for by the others."""
        async with told_to_temporal():
            if not await self.databases[request.seed.instance].sealed(request.seed):
                await self._wait_for(request)

    async def _wait_for(self, request: SeedRequest) -> None:
        workflow_id = seed_id(request.seed.repository, request.seed.fingerprint)
        execution = await self._execution(workflow_id)
        if execution and _failed_since(execution, activity.info().scheduled_time):
            raise PermanentError(await self._why(workflow_id), reason=Reason.SEED_FAILED)
        if execution is None or execution.status is not WorkflowExecutionStatus.RUNNING:
            await self.client.start_workflow(
                "SeedWorkflow",
                request,
                id=workflow_id,
                task_queue=activity.info().task_queue,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                static_summary=f"seed of {request.seed.repository}",
            )
        raise NotYet(f"the seed of {request.seed.repository} is being built ({workflow_id})")

    async def _execution(self, workflow_id: str) -> WorkflowExecution | None:
        try:
            return await self.client.get_workflow_handle(workflow_id).describe()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            raise

    async def _why(self, workflow_id: str) -> str:
        try:
            await self.client.get_workflow_handle(workflow_id).result()
        except WorkflowFailureError as error:
            return shortened(f"the seed could not be built: {error.cause}")
        return "the seed was built and is gone again; retry"


def _failed_since(execution: WorkflowExecution, wanted: datetime) -> bool:
    """Whether building ended badly after it was wanted; an older failure is only a reason to build again."""
    ended = execution.close_time
    return execution.status is WorkflowExecutionStatus.FAILED and ended is not None and ended >= wanted
