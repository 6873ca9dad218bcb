"""Gates: hold a worker's activities where a test wants them, as a slow vendor or a lost machine would."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor


@dataclass
class Gate:
    """Whether one activity may go on: `reached` is set when it stands at the gate, `opened` lets it through.

    `after` holds it when it has done its work and has not yet said so.
    """

    name: str
    after: bool = False
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    opened: asyncio.Event = field(default_factory=asyncio.Event)

    async def pass_through(self) -> None:
        """The gate was opened; or the activity was cancelled."""
        self.reached.set()
        await self.opened.wait()


class Gates(Interceptor):
    """What holds a worker's activities. `names` are all that began, in order; `running` those that have not ended."""

    def __init__(self, *gates: Gate) -> None:
        """The gates that stand from the beginning."""
        self.gates = list(gates)
        self.names: list[str] = []
        self.running: list[str] = []

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - theirs
        """Every activity of the worker comes by here."""
        return _Held(next, self)


class _Held(ActivityInboundInterceptor):
    def __init__(self, following: ActivityInboundInterceptor, gates: Gates) -> None:
        super().__init__(following)
        self._gates = gates

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - theirs
        """What the activity answers, held before or after it."""
        name = activity.info().activity_type
        self._gates.names.append(name)
        self._gates.running.append(name)
        held = [gate for gate in self._gates.gates if gate.name == name]
        try:
            await _pass([gate for gate in held if not gate.after])
            answer = await super().execute_activity(input)
            await _pass([gate for gate in held if gate.after])
            return answer
        finally:
            self._gates.running.remove(name)


async def _pass(gates: list[Gate]) -> None:
    for gate in gates:
        await gate.pass_through()
