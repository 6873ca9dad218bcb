"""The worker: activities over ports, and the workflows that use them, polling one task queue.

A worker keeps nothing, so that more workers are more previews, and one that is killed is missed by nobody.
"""

import asyncio
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from temporalio.client import Client
from temporalio.worker import Interceptor, Worker

from activities.beating import Beating
from activities.databases import DatabaseActivities
from activities.forges import ForgeActivities
from activities.images import ImageActivities
from activities.leases import LeaseActivities
from activities.planning import PlanningActivities
from activities.platforms import PlatformActivities
from activities.probes import ProbeActivities
from activities.seeds import SeedActivities
from activities.sweeping import SweepActivities
from activities.troubling import Troubling
from domain.names import Key
from domain.policies import Policy
from domain.ports import Database, Definitions, Forge, Images, Platform, Probe
from workflows.preview import PreviewWorkflow
from workflows.seed import SeedWorkflow
from workflows.sweep import SweepWorkflow
from workflows.throttle import ThrottleWorkflow

DRAIN = timedelta(seconds=20)
"""How long a worker that was told to stop lets its activities end; a supervisor must wait longer than this."""

WORKFLOWS: list[type] = [PreviewWorkflow, SeedWorkflow, SweepWorkflow, ThrottleWorkflow]


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Every configured adapter by the name of its instance.

    `policies` says which of them serve a key; `limits` is the throttle's limit of each database server.
    """

    forges: Mapping[str, Forge]
    images: Mapping[str, Images]
    databases: Mapping[str, Database]
    platforms: Mapping[str, Platform]
    definitions: Definitions
    probe: Probe
    policies: Callable[[Key], Policy]
    limits: Mapping[str, int] = field(default_factory=dict[str, int])


def activities_of(client: Client, ports: Ports) -> list[Callable[..., Any]]:
    """Every activity, bound to its ports."""
    forge = ForgeActivities(ports.forges, ports.policies)
    planning = PlanningActivities(
        ports.policies, ports.definitions, ports.forges, ports.images, ports.databases, ports.platforms
    )
    image, database = ImageActivities(ports.images), DatabaseActivities(ports.databases)
    platform, seed = PlatformActivities(ports.platforms, ports.databases), SeedActivities(client, ports.databases)
    lease, probe = LeaseActivities(client, ports.databases, ports.platforms, ports.limits), ProbeActivities(ports.probe)
    sweep = SweepActivities(
        client, ports.policies, ports.forges, ports.images, ports.databases, ports.platforms, ports.probe
    )
    return [
        *(forge.look, forge.report, planning.begin, planning.plan, image.resolve, image.remove),
        *(database.branch, database.drop, database.open_seed, database.seal, database.drop_seeds),
        *(platform.deploy, platform.settle, platform.set_flags, platform.run, platform.remove),
        *(seed.have_seed, probe.check),
        *(lease.request_lease, lease.release_lease, lease.holders_gone, lease.find_holders),
        *(sweep.survey, sweep.ask, sweep.unanswering, sweep.act_on, sweep.refresh),
    ]


def built(
    client: Client,
    task_queue: str,
    ports: Ports,
    *,
    drain: timedelta = DRAIN,
    interceptors: Sequence[Interceptor] = (),
) -> Worker:
    """A worker of this client for these ports; entered, it polls. Told to stop, it lets activities end for so long."""
    return Worker(
        client,
        task_queue=task_queue,
        workflows=WORKFLOWS,
        activities=activities_of(client, ports),
        interceptors=(Beating(), Troubling(client), *interceptors),
        max_cached_workflows=2000,
        max_concurrent_activities=100,
        graceful_shutdown_timeout=drain,
    )


async def serve(client: Client, task_queue: str, ports: Ports, *, ready: Callable[[], None] = lambda: None) -> None:
    """Work until SIGTERM or SIGINT, then drain: what runs is ended or finished, nothing is lost."""
    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    async with built(client, task_queue, ports):
        ready()
        await stop.wait()
