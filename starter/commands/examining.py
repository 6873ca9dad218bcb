"""Examining: every configured part is tried, and what keeps it from working is said with its cure."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import httpx
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from activities import attributes
from composition import composed
from domain.errors import MatineeError
from sections import KubernetesPlatformSettings
from settings import Settings
from starter.connecting import connect
from starter.scheduling import HEAL, SWEEP

WITHIN = 20.0
"""Seconds that trying one part may take."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """One part that was tried: what keeps it from working, each with its cure; nothing if it works."""

    part: str
    problems: tuple[str, ...] = ()


@runtime_checkable
class Examined(Protocol):
    """An adapter that knows how to find out what it lacks."""

    async def examine(self) -> tuple[str, ...]:
        """What keeps it from working, each with its cure."""
        ...


async def checks(settings: Settings) -> tuple[Check, ...]:
    """Every part that is configured, in the order in which to mend them."""
    parts = await asyncio.gather(_temporal(settings), _adapters(settings), _tried("receiver", _receiver(settings)))
    return (_named(settings), *parts[0], *parts[1], parts[2])


async def temporal_of(settings: Settings) -> str:
    """What keeps Temporal from answering here, with its cure; empty if it does."""
    try:
        await connect(settings)
    except MatineeError as error:
        return error.message
    return ""


async def databases_of(settings: Settings) -> tuple[str, ...]:
    """What the configured database servers lack, each with its cure; nothing else is opened for that."""
    if not settings.databases:
        return ("no database server is set: MATINEE_DATABASES__MAIN__HOST and MATINEE_DATABASES__MAIN__PASSWORD",)
    alone = settings.model_copy(update={"forges": {}, "images": {}, "platforms": {}})
    try:
        async with composed(alone) as ports:
            tried = [_tried(name, _examined(one, one.list)) for name, one in ports.databases.items()]
            return tuple(problem for check in await asyncio.gather(*tried) for problem in check.problems)
    except MatineeError as error:
        return (error.message,)


def _named(settings: Settings) -> Check:
    """Whether what is to be used for previews is configured at all."""
    wanted: tuple[tuple[str, str, Mapping[str, object]], ...] = (
        ("PLATFORM", settings.platform, settings.platforms),
        ("DATABASE", settings.database, settings.databases),
        ("IMAGE_STORE", settings.image_store, settings.images),
    )
    problems = [
        f"MATINEE_{name} is {chosen!r}, and what is configured is: {', '.join(known) or 'nothing'}; "
        "start `matinee up`, which configures all it needs, or set it to one that is configured"
        for name, chosen, known in wanted
        if chosen not in known
    ]
    if not settings.forges:
        problems.append("no forge is configured; start `matinee up`, or set MATINEE_FORGES__<NAME>__KIND and the rest")
    return Check(part="settings", problems=tuple(problems))


async def _temporal(settings: Settings) -> tuple[Check, ...]:
    try:
        client = await connect(settings)
    except MatineeError as error:
        return (Check(part="temporal", problems=(error.message,)),)
    queue = settings.temporal.task_queue
    tried = await asyncio.gather(
        _tried("search attributes", _attributes(client)),
        _tried("schedules", _schedules(client)),
        _tried("worker", _worker(client, queue)),
    )
    return (Check(part="temporal"), *tried)


async def _attributes(client: Client) -> tuple[str, ...]:
    """Those that the server does not know. It is asked by using them, as not every server lets itself be asked."""
    missing: list[str] = []
    for key in attributes.KEYS:
        try:
            await client.count_workflows(f"{key.name} IS NULL")
        except RPCError as error:
            if error.status is not RPCStatusCode.INVALID_ARGUMENT:
                raise
            kind = key.indexed_value_type.name.title()
            missing.append(
                f"{key.name} is not known; temporal operator search-attribute create --name {key.name} --type {kind}"
            )
    return tuple(missing)


async def _schedules(client: Client) -> tuple[str, ...]:
    problems: list[str] = []
    for name in (SWEEP, HEAL):
        try:
            description = await client.get_schedule_handle(name).describe()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            problems.append(f"the schedule {name!r} is not there; every worker makes it at its start: `matinee worker`")
            continue
        if description.schedule.state.paused:
            problems.append(
                f"the schedule {name!r} is paused; if it should run: temporal schedule toggle --schedule-id {name} "
                "--unpause --reason mended"
            )
    return tuple(problems)


async def _worker(client: Client, queue: str) -> tuple[str, ...]:
    answer = await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )
    )
    return () if answer.pollers else (f"no worker polls the task queue {queue!r}; start `matinee worker`",)


async def _adapters(settings: Settings) -> tuple[Check, ...]:
    try:
        async with composed(settings) as ports:
            holders = {"images": ports.images, "database": ports.databases, "platform": ports.platforms}
            trials = [
                *(
                    _tried(f"forge {name}", _examined(forge, forge.open_pull_requests))
                    for name, forge in ports.forges.items()
                ),
                *(
                    _tried(f"{kind} {name}", _examined(holder, holder.list))
                    for kind, named in holders.items()
                    for name, holder in named.items()
                ),
            ]
            return tuple(await asyncio.gather(*trials))
    except MatineeError as error:
        return (Check(part="adapters", problems=(error.message,)),)


async def _examined(adapter: object, ask: Callable[[], Awaitable[object]]) -> tuple[str, ...]:
    """What it says it lacks; one that cannot say is asked for something that harms nobody."""
    if isinstance(adapter, Examined):
        return await adapter.examine()
    await ask()
    return ()


def _receivers_place(settings: Settings) -> tuple[str, str]:
    """Where the receiver answers, and what to do if it does not: a Service of the cluster that this worker runs in."""
    platform = settings.platforms.get(settings.platform)
    if isinstance(platform, KubernetesPlatformSettings) and platform.receiver and not platform.kubeconfig:
        namespace, _, service = platform.receiver.partition("/")
        name, _, port = service.partition(":")
        look = f"kubectl --namespace {namespace} get pods,endpointslices"
        return f"http://{name}.{namespace}.svc:{port}", f"see `{look}`, and networkPolicy.receiverFrom of the chart"
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.receiver.host, settings.receiver.host)  # noqa: S104 - nobody listens here
    return f"http://{host}:{settings.receiver.port}", "start `matinee receiver`, or correct MATINEE_RECEIVER__PORT"


async def _receiver(settings: Settings) -> tuple[str, ...]:
    place, cure = _receivers_place(settings)
    url = f"{place}/readyz"
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=WITHIN / 2) as client:
            answer = await client.get(url)
    except httpx.HTTPError:
        return (f"nothing answers at {url}; {cure}",)
    return () if answer.is_success else (f"{url} answers {answer.status_code}: {answer.text.strip()[:200]}",)


async def _tried(part: str, trying: Awaitable[tuple[str, ...]]) -> Check:
    try:
        async with asyncio.timeout(WITHIN):
            return Check(part=part, problems=await trying)
    except MatineeError as error:
        return Check(part=part, problems=(error.message,))
    except RPCError as error:
        return Check(part=part, problems=(f"Temporal refused to say: {error.message}",))
    except TimeoutError:
        return Check(part=part, problems=(f"gave no answer within {WITHIN:g} s; see that it can be reached from here",))
