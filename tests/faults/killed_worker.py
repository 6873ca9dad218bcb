"""A worker like any other, but for one activity at which it kills itself.

    python -m tests.faults.killed_worker NAMESPACE WORKFLOW ACTIVITY before|after

Its settings come from the environment, as those of `matinee worker` do.
"""

import asyncio
import sys

from temporalio.client import Client

from composition import composed
from settings import load
from tests.faults.killing import READY, Kill, Killing, Moment
from worker import built


async def main(namespace: str, kill: Kill) -> None:
    """It polls until it kills itself; whoever started it reads `ready` first."""
    settings = load()
    client = await Client.connect(settings.temporal.address, namespace=namespace)
    async with (
        composed(settings) as ports,
        built(client, settings.temporal.task_queue, ports, interceptors=(Killing(kill),)),
    ):
        sys.stdout.buffer.write(READY)
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Kill(sys.argv[2], sys.argv[3], Moment(sys.argv[4]))))
