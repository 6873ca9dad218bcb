"""Signal with start: how a message reaches the workflow of its preview, whether or not that runs already.

The workflow is named, not imported, so that the receiver loads none of what previews need.
"""

import asyncio
from datetime import timedelta

from temporalio.client import Client
from temporalio.common import SearchAttributePair, TypedSearchAttributes
from temporalio.service import RPCError

from activities.attributes import NUMBER, REPOSITORY
from domain.errors import TemporaryError
from domain.messages import PreviewInput
from domain.names import workflow_id
from starter.receiving import Message

WORKFLOW = "PreviewWorkflow"
"""The type of the workflow that owns a preview."""

AWAY = (RPCError, RuntimeError, TimeoutError)
"""How Temporal's client says that it got no answer; RuntimeError is what a lazy client raises as it connects."""


class Dispatcher:
    """Tells the workflows of previews what happened.

    `seconds` bounds every call, retries included: GitHub waits ten seconds for an answer, and an answer that says
    "not now" shows the delivery as failed, so that it can be delivered again.
    """

    def __init__(self, client: Client, task_queue: str, *, seconds: float = 8.0) -> None:
        self._client = client
        self._task_queue = task_queue
        self._seconds = seconds

    async def dispatch(self, message: Message) -> None:
        """The preview's workflow runs and has the signal; TemporaryError if Temporal did not say so in time."""
        key = message.key
        try:
            async with asyncio.timeout(self._seconds):
                await self._client.start_workflow(
                    WORKFLOW,
                    PreviewInput(key=key),
                    id=workflow_id(key),
                    task_queue=self._task_queue,
                    start_signal=message.name,
                    start_signal_args=[message.signal],
                    static_summary=f"Preview of {key}",
                    search_attributes=TypedSearchAttributes(
                        [SearchAttributePair(REPOSITORY, key.repository), SearchAttributePair(NUMBER, key.number)]
                    ),
                    rpc_timeout=timedelta(seconds=self._seconds),
                )
        except AWAY as error:
            raise TemporaryError(f"Temporal did not take the message for {key}; deliver it again") from error

    async def check(self) -> None:
        """Returns when Temporal answers; TemporaryError if it does not in time."""
        try:
            async with asyncio.timeout(self._seconds):
                healthy = await self._client.service_client.check_health(timeout=timedelta(seconds=self._seconds))
        except AWAY as error:
            raise TemporaryError("Temporal does not answer; is it running at the configured address?") from error
        if not healthy:
            raise TemporaryError("Temporal answers that it is not healthy")
