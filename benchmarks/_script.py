"""The plain script: what people write who have no Matinee. The same calls of the same ports, one after another.

It is generous to itself: it takes no lease, enters nothing into a ledger, reports nothing, and loses everything when
its process ends.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

from activities.planning import PlanningActivities
from domain.definitions import Service, environment_of
from domain.errors import NotYet
from domain.names import Key
from domain.phases import StepName
from domain.pulls import PullRequest
from domain.requests import BranchRequest, DeployRequest, ImageRequest, Plan, PlanRequest, RunRequest, ServiceRequest
from domain.resources import DatabaseRef, Image
from worker import Ports

Answer = TypeVar("Answer")

ASK_AGAIN = 0.3
"""Seconds until what said "not yet" is asked again, as a rollout does at first."""

LIMIT = timedelta(minutes=10)


class Script:
    """The script for one pull request."""

    def __init__(self, ports: Ports, key: Key) -> None:
        self._ports = ports
        self._key = key
        self._policy = ports.policies(key)
        self._database = ports.databases[self._policy.database]
        self._platform = ports.platforms[self._policy.platform]
        self._since = time.perf_counter()
        self._seconds: dict[StepName, float] = {}

    async def bring_up(self) -> dict[StepName, float]:
        """The pull request's head answers from outside; how many seconds each step took."""
        pull = await self._ports.forges[self._policy.forge].pull_request(self._key)
        plan = await self._plan(pull)
        self._ended(StepName.DEFINITION)
        images = [await self._image(plan, service) for service in plan.definition.services]
        self._ended(StepName.IMAGE)
        ref = await self._branch(plan)
        self._ended(StepName.DATABASE)
        await self._migrate(plan, images, ref)
        self._ended(StepName.MIGRATION)
        await self._deploy(pull, plan, images, ref)
        self._ended(StepName.DEPLOY)
        for url in plan.urls:
            await _once_ready(partial(self._ports.probe.check, url))
        self._ended(StepName.URL)
        return self._seconds

    def _ended(self, step: StepName) -> None:
        now = time.perf_counter()
        self._seconds[step], self._since = now - self._since, now

    async def _plan(self, pull: PullRequest) -> Plan:
        ports = self._ports
        planning = PlanningActivities(
            ports.policies, ports.definitions, ports.forges, ports.images, ports.databases, ports.platforms
        )
        await planning.begin(self._key)
        return await planning.plan(PlanRequest(policy=self._policy, pull=pull, commit=pull.head.commit))

    async def _image(self, plan: Plan, service: Service) -> Image:
        instance = self._policy.images
        request = ImageRequest(
            key=self._key, label=self._policy.label, instance=instance, commit=plan.commit, service=service
        )
        return await _once_ready(partial(self._ports.images[instance].resolve, request, _no_beat))

    async def _branch(self, plan: Plan) -> DatabaseRef:
        request = BranchRequest(
            key=self._key,
            label=self._policy.label,
            instance=self._policy.database,
            generation=1,
            seed=plan.seed,
            deadline=_deadline(),
        )
        return await self._database.branch(request, _no_beat)

    async def _migrate(self, plan: Plan, images: list[Image], ref: DatabaseRef) -> None:
        needs = plan.definition.database
        assert needs
        service = plan.definition.service(needs.service)
        request = RunRequest(
            key=self._key,
            label=self._policy.label,
            instance=self._policy.platform,
            token="migrate-by-script",  # noqa: S106 - what makes it safe to repeat, no secret
            image=next(image for image in images if image.service == service.name),
            command=needs.migrate,
            environment=environment_of(service, plan.urls),
            resources=service.resources,
            database=ref,
            variable=needs.variable,
            deadline=_deadline(),
        )
        result = await self._platform.run(request, await self._database.connection(ref), _no_beat)
        assert result.exit_code == 0, result.log

    async def _deploy(self, pull: PullRequest, plan: Plan, images: list[Image], ref: DatabaseRef) -> None:
        request = DeployRequest(
            key=self._key,
            label=self._policy.label,
            instance=self._policy.platform,
            revision=pull.head,
            release="by-script",
            services=_services(plan, images),
            database=ref,
            variable=plan.definition.database.variable if plan.definition.database else "",
        )
        deployment = await self._platform.deploy(request, await self._database.connection(ref))
        await _once_ready(partial(self._platform.settle, deployment))


def _services(plan: Plan, images: list[Image]) -> tuple[ServiceRequest, ...]:
    urls = {url.service: url for url in plan.urls}
    return tuple(
        ServiceRequest(
            service=service, image=image, environment=environment_of(service, plan.urls), url=urls.get(service.name)
        )
        for service, image in zip(plan.definition.services, images, strict=True)
    )


async def _once_ready(call: Callable[[], Awaitable[Answer]]) -> Answer:
    while True:
        try:
            return await call()
        except NotYet:
            await asyncio.sleep(ASK_AGAIN)


def _no_beat() -> None:
    """Nobody listens."""


def _deadline() -> datetime:
    return datetime.now(UTC) + LIMIT
