"""Work under a lease of the throttle, which is given back however the work ends."""

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.leases import Grant, lease_attribute
    from domain.policies import Policy
    from workflows.cancelling import is_thrown_away
    from workflows.leasing import Leasing

Result = TypeVar("Result")


class Leased:
    """Takes leases on the policy's database server; `show` is told of each lease held, and None after it."""

    def __init__(self, leasing: Leasing, policy: Policy, show: Callable[[str | None], None]) -> None:
        self._leasing = leasing
        self._policy = policy
        self._show = show

    async def during(self, purpose: str, work: Callable[[Grant], Coroutine[Any, Any, Result]]) -> Result:
        """What the work came to; it has the grant, by whose end it must have ended itself."""
        token = f"{workflow.info().run_id}|{purpose}|{workflow.uuid4().hex[:8]}"
        grant = await self._leasing.acquire(self._policy.database, token=token, seconds=self._policy.lease)
        self._show(lease_attribute(grant))
        try:
            return await work(grant)
        finally:
            if not is_thrown_away():
                self._show(None)
                await self._leasing.release(grant)
