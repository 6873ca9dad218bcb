"""Everything: Temporal, PostgreSQL and Traefik at once, as `matinee up`, the demo and the tests want them."""

import asyncio
import signal
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from temporalio.common import SearchAttributeIndexedValueType

from domain.errors import MatineeError
from embedded import leftovers, locks
from embedded.ports import remembered_ports
from embedded.postgres import Postgres, postgres
from embedded.temporal import Temporal, temporal
from embedded.traefik import Traefik, traefik

PORTS: Mapping[str, int] = {"previews": 8000, "temporal": 7233, "temporal-ui": 8233, "postgres": 5433}
"""Where looking for a free port begins at the first start; what is found is kept in `ports.json`."""

PORTS_FILE = "ports.json"
"""Where in the data folder the ports are remembered."""

LEFTOVER_GRACE = 10.0
"""Seconds that a part left over by a killed run gets to end by itself."""


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Where the parts answer."""

    data: Path
    temporal: Temporal
    postgres: Postgres
    traefik: Traefik

    async def died(self) -> str:
        """Returns when a part has ended by itself, with a sentence that names it and its last lines."""
        processes = (self.temporal.process, self.postgres.process, self.traefik.process)
        tasks = [asyncio.create_task(process.died()) for process in processes]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return "\n".join(task.result() for task in done)
        finally:
            for task in tasks:
                task.cancel()


@asynccontextmanager
async def everything(
    data: Path,
    *,
    search_attributes: Mapping[str, SearchAttributeIndexedValueType],
    preferred: Mapping[str, int] = PORTS,
    fixed: Mapping[str, int] | None = None,
    may_move: bool = False,
) -> AsyncGenerator[Parts]:
    """All parts answer inside the block, and nothing of them runs after it; `data` keeps what they know.

    They start at the same time and stop one after another, the proxy first. The folder is ours alone meanwhile.
    The ports are as embedded.ports.remembered_ports says.
    """
    with locks.held(data):
        await asyncio.gather(*(_end_leftovers(data / part) for part in ("temporal", "postgres", "traefik")))
        ports = remembered_ports(data / PORTS_FILE, preferred, fixed=fixed, may_move=may_move)
        async with AsyncExitStack() as stack:
            yield await _started(stack, data, ports, search_attributes)


async def _started(
    stack: AsyncExitStack,
    data: Path,
    ports: Mapping[str, int],
    attributes: Mapping[str, SearchAttributeIndexedValueType],
) -> Parts:
    """All parts, started at the same time; the stack stops them. The first one that fails stops the others."""
    engine = temporal(
        data / "temporal", port=ports["temporal"], ui_port=ports["temporal-ui"], search_attributes=attributes
    )
    database = postgres(data / "postgres", port=ports["postgres"])
    proxy = traefik(data / "traefik", port=ports["previews"])
    # Each has a stack of its own, so that the order of stopping is this one and not that of getting ready.
    first, second, third = [await stack.enter_async_context(AsyncExitStack()) for _ in range(3)]
    try:
        async with asyncio.TaskGroup() as group:
            engine_task = group.create_task(first.enter_async_context(engine))
            database_task = group.create_task(second.enter_async_context(database))
            proxy_task = group.create_task(third.enter_async_context(proxy))
    # A task group raises groups; whoever starts the parts is told of one of ours, and of others as they are.
    except ExceptionGroup as failures:
        ours, others = failures.split(MatineeError)
        if ours is None or others is not None:
            raise
        raise ours.exceptions[0] from None
    return Parts(data=data, temporal=engine_task.result(), postgres=database_task.result(), traefik=proxy_task.result())


async def _end_leftovers(folder: Path) -> None:
    """What a killed run left of a part is gone, so that its ports are free again."""
    # Of all signals, SIGINT is the one that each part takes as a wish to end soon.
    await asyncio.to_thread(leftovers.end_all, folder, signal.SIGINT, LEFTOVER_GRACE)
