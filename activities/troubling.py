"""Troubling: a step that is tried again and again says why on the pull request, long before its time is over.

Temporal tells a workflow how an activity ended, and nothing of the attempts before. So whoever makes an attempt that
fails for a reason which may pass sends its own workflow the words, once the step has been tried for some seconds.
"""

import time
from collections import OrderedDict
from datetime import timedelta
from typing import Any

from temporalio import activity
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor
from typing_extensions import override

from domain.errors import TemporaryError
from domain.messages import Troubled

AFTER = timedelta(seconds=10)
"""How long a step may be tried before its trouble is told: what passes sooner nobody has to read."""

AGAIN, OTHERS = 300.0, 60.0
"""Seconds until the same words are told again, and others: some name a session or a number, another at each attempt."""

_TOLD_BY = "PreviewWorkflow"
_UNTOLD = frozenset({"report"})
_REMEMBERED = 1_000


class Troubling(Interceptor):
    """Tells previews what stands in the way of the steps that this worker tries for them."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._told: OrderedDict[tuple[str, str], tuple[str, float]] = OrderedDict()

    @override
    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """The activities, telling their trouble."""
        return _Troubling(super().intercept_activity(next), self)

    async def tell(self, words: str) -> None:
        """The preview has been told these words, unless it was told a moment ago.

        A Temporal that is away hears them next time. The same words are told again, as another step that ended
        meanwhile may have cleared them.
        """
        info = activity.info()
        step = (info.workflow_run_id or "", info.activity_id)
        known, told_at = self._told.get(step, ("", -AGAIN))
        if time.monotonic() - told_at < (AGAIN if words == known else OTHERS):
            return
        handle = self._client.get_workflow_handle(info.workflow_id or "", run_id=info.workflow_run_id)
        try:
            await handle.signal("troubled", Troubled(words=words))
        except RPCError as error:
            activity.logger.warning("trouble not told", extra={"cause": error.message})
            return
        self._told[step] = words, time.monotonic()
        while len(self._told) > _REMEMBERED:
            self._told.popitem(last=False)


class _Troubling(ActivityInboundInterceptor):
    def __init__(self, inner: ActivityInboundInterceptor, troubling: Troubling) -> None:
        super().__init__(inner)
        self._troubling = troubling

    @override
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        """What the activity answers; its trouble is told before its attempt counts as failed."""
        try:
            return await self.next.execute_activity(input)
        except ApplicationError as error:
            if _is_told(activity.info(), error):
                await self._troubling.tell(error.message)
            raise


def _is_told(info: activity.Info, error: ApplicationError) -> bool:
    # Both instants are the server's, so no clock of a worker matters.
    tried = info.current_attempt_scheduled_time - info.scheduled_time
    is_step = info.workflow_type == _TOLD_BY and not info.is_local and info.activity_type not in _UNTOLD
    return is_step and error.type == TemporaryError.__name__ and tried >= AFTER
