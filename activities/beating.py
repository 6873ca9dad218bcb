"""Beating: every activity tells Temporal that its worker lives, so that a worker that is killed is missed in seconds.

Without it an attempt is given up at the end of the time that it may take, which for sealing a seed is a quarter of
an hour. It says nothing about progress: what hangs is ended by its own limits and by `start_to_close`.
"""

import asyncio
from typing import Any

from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor
from typing_extensions import override

EVERY = 1.0
"""Seconds between two beats. The first comes after as many, so that what is quick costs no call."""


class Beating(Interceptor):
    """Gives beats to all activities of a worker that Temporal expects them of."""

    @override
    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """The activities, beating."""
        return _Beating(super().intercept_activity(next))


class _Beating(ActivityInboundInterceptor):
    @override
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        """What the activity answers; it beats as long as it runs."""
        if not activity.info().heartbeat_timeout:
            return await self.next.execute_activity(input)
        beating = asyncio.create_task(_beat())
        try:
            return await self.next.execute_activity(input)
        finally:
            beating.cancel()


async def _beat() -> None:
    while True:
        await asyncio.sleep(EVERY)
        activity.heartbeat()
