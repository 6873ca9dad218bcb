"""Inside: starts everything that the test cluster consists of, in namespaces that are its own already.

    python -m tests.cluster.inside FOLDER

It writes `ready` into the folder when all of it works, and ends when a part of it does.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path

from domain.errors import PermanentError
from embedded.processes import Running, running
from tests.cluster import bases, certifying, control_plane, images, naming, nodes, registering, routing, surroundings
from tests.cluster.addresses import ELSEWHERE, METADATA, OUTSIDE
from tests.cluster.control_plane import Part, kubeconfig
from tests.cluster.kubectl import Kubectl
from tests.cluster.plans import Plan, read
from tests.waiting import until
from tools.kubernetes.building import program

READY = "ready"
"""The file that is there once the cluster works."""


def network(process: str) -> str:
    """Which network the process is in."""
    return str(Path("/proc", process, "ns", "net").readlink())


async def started() -> bool:
    """True: that it runs is all that is asked of a part."""
    return True


class Starting:
    """Starts parts and keeps them; what they need of each other is said by the order of the calls."""

    def __init__(self, folder: Path, plan: Plan, stack: AsyncExitStack) -> None:
        self.folder = folder
        self.plan = plan
        self.kubectl = Kubectl(program("kubectl"), kubeconfig(folder, "admin"))
        self._stack = stack
        self._parts: list[Running] = []

    async def start(self, *parts: Part) -> None:
        """All of these work; they are started at once."""
        async with asyncio.TaskGroup() as group:
            for one in parts:
                group.create_task(self._start(one))

    async def outside(self) -> int:
        """What is outside of the cluster exists, and waits for its end of the cable; its process."""
        addresses = (OUTSIDE, METADATA, ELSEWHERE)
        part = nodes.outside(self.folder, sys.executable, *addresses)
        world = await self._stack.enter_async_context(running(part, started))

        async def apart() -> bool:
            return network(str(world.pid)) != network("self")

        await world.until(apart, within=10)
        return world.pid

    async def _start(self, one: Part) -> None:
        self._parts.append(await self._stack.enter_async_context(running(*one, within=120)))

    async def died(self) -> str:
        """Returns when a part has ended by itself, with a sentence that names it."""
        tasks = [asyncio.create_task(one.died()) for one in self._parts]
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return "\n".join(task.result() for task in done)


async def begin(starting: Starting) -> None:
    """The cluster works."""
    folder, plan = starting.folder, starting.plan
    await surroundings.furnish(folder, plan.ports)
    world = await starting.outside()
    await surroundings.connect(world)
    control_plane.certify(folder, plan)
    registries = (registering.registry(folder, plan), registering.private_registry(folder, plan))
    await starting.start(control_plane.etcd(folder), *registries)
    pause = await images.push(bases.busybox(), f"127.0.0.1:{plan.registry}", "busybox")
    await starting.start(control_plane.api_server(folder, plan), nodes.containerd(folder, plan, pause))
    async with asyncio.TaskGroup() as group:
        # The node and what is announced to the API server do not need each other to start.
        group.create_task(_run_pods(starting))
        group.create_task(_serve_previews(starting))


async def _run_pods(starting: Starting) -> None:
    """Pods run, and find each other by name."""
    folder, kubectl = starting.folder, starting.kubectl
    await naming.announce(kubectl)
    await starting.start(nodes.guard(folder))
    await starting.start(
        control_plane.controllers(folder, kubectl),
        control_plane.scheduler(folder),
        nodes.kubelet(folder, starting.plan, kubectl),
        nodes.proxy(folder),
        naming.name_server(folder),
    )


async def _serve_previews(starting: Starting) -> None:
    """Requests come to pods, over HTTPS too."""
    folder, plan, kubectl = starting.folder, starting.plan, starting.kubectl
    await certifying.announce(kubectl)
    await routing.announce(folder, plan, kubectl)
    await starting.start(certifying.certmanager(folder), routing.traefik(folder, plan))
    await certifying.order(kubectl)
    await _true(certifying.has_certificate, kubectl)
    await certifying.hand_over(folder, kubectl)
    await _true(routing.accepted, kubectl)


async def _true(look: Callable[[Kubectl], Awaitable[bool]], kubectl: Kubectl) -> None:
    """What is looked for has come true."""

    async def seen() -> bool:
        with suppress(PermanentError):
            return await look(kubectl)
        return False

    await until(seen, look.__name__, seconds=60)


async def main(folder: Path) -> int:
    """1, after a sentence, when the cluster could not start or a part of it has ended."""
    async with AsyncExitStack() as stack:
        starting = Starting(folder, read(folder), stack)
        await begin(starting)
        (folder / READY).touch()
        sys.stderr.write(await starting.died() + "\n")
    return 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(Path(sys.argv[1]))))
