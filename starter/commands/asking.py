"""Asking a preview's workflow, and telling it what a person wants."""

import asyncio
from typing import Any

from temporalio.client import (
    Client,
    WorkflowExecutionDescription,
    WorkflowExecutionStatus,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from domain.errors import PermanentError, TemporaryError
from domain.messages import Close, Status
from domain.names import Key, workflow_id
from starter.following import status_of

ANSWER_WITHIN = 10.0
"""Seconds that a workflow may take to answer an update, a worker's start included."""


class Preview:
    """One preview, as far as Temporal knows it."""

    def __init__(self, client: Client, key: Key) -> None:
        self.client = client
        self.key = key
        self._handle: Any = client.get_workflow_handle(workflow_id(key))

    async def described(self) -> WorkflowExecutionDescription:
        """Its workflow as the server sees it, no worker needed; PermanentError if there never was one."""
        try:
            description: WorkflowExecutionDescription = await self._handle.describe()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            raise PermanentError(f"there is no preview of {self.key}; `matinee list` shows those that are") from error
        return description

    async def running(self) -> WorkflowExecutionDescription:
        """As `described`, of a preview that is not over; PermanentError if it is."""
        description = await self.described()
        if description.status is not WorkflowExecutionStatus.RUNNING:
            raise PermanentError(
                f"the preview of {self.key} is over; a push to its pull request, reopened, begins anew"
            )
        return description

    async def status(self) -> Status:
        """Its own answer; TemporaryError with the cure if no worker answers."""
        return await status_of(self.client, self.key)

    async def update(self, name: str, wish: object) -> str:
        """What it answered; PermanentError with its reason if it refused, TemporaryError if no worker answers."""
        await self.running()
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                answer: str = await self._handle.execute_update(name, wish, result_type=str)
        except WorkflowUpdateFailedError as error:
            raise PermanentError(f"{self.key} refused: {_reason(error)}") from error
        except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
            raise TemporaryError(
                f"no worker answered for {self.key} within {ANSWER_WITHIN:g} s, so nothing is done now; "
                "start one (`matinee up` or `matinee worker`), then see with `matinee show` whether it is still wanted"
            ) from error
        return answer

    async def close(self, by: str) -> None:
        """It ends; a worker may come later, the wish is kept."""
        await self._handle.signal("close", Close(by=by))

    async def receipt(self) -> list[str]:
        """What the workflow of a preview that is over verified gone, by name; empty if it did not end by itself."""
        description = await self.described()
        if description.status is not WorkflowExecutionStatus.COMPLETED:
            return []
        handle: Any = self.client.get_workflow_handle(description.id, run_id=description.run_id)
        result: object = await handle.result()
        return [str(name) for name in result] if isinstance(result, list) else []  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - what a workflow returns is JSON


def _reason(error: WorkflowUpdateFailedError) -> str:
    return error.cause.message if isinstance(error.cause, ApplicationError) else str(error.cause)
