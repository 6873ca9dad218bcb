"""One rollout: from a commit to a URL that answers, each step as soon as what it needs is there."""

from dataclasses import replace

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.failures import message_of
    from activities.images import ImageActivities
    from activities.planning import PlanningActivities
    from activities.platforms import PlatformActivities
    from activities.probes import ProbeActivities
    from domain.definitions import Definition, Service, ServiceUrl, environment_of
    from domain.phases import StepName, StepState
    from domain.policies import Policy
    from domain.pulls import PullRequest, Revision
    from domain.requests import DeployRequest, ImageRequest, Plan, PlanRequest, ServiceRequest
    from domain.resources import Image
    from domain.states import Live, entered
    from workflows import options
    from workflows.migrating import Migrating
    from workflows.options import do
    from workflows.recording import Record
    from workflows.together import both, each


class Rollout:
    """Brings revisions of one preview up. The record says at every moment how far it is."""

    def __init__(self, record: Record, policy: Policy, pull: PullRequest, migrating: Migrating) -> None:
        self._record = record
        self._policy = policy
        self._pull = pull
        self._migrating = migrating

    async def bring_up(self, revision: Revision) -> None:
        """The revision answers from outside, and is the live one."""
        plan = await self._plan(revision)
        images, _ = await both(self._images(plan), self._migrating.branch(plan))
        await self._migrate_or_restore(plan, images)
        await self.deploy(Live(revision=revision, plan=plan, images=images))

    async def deploy(self, live: Live) -> None:
        """The revision, whose database is ready, runs, answers from outside, and is the live one."""
        self._record.step(StepName.DEPLOY, StepState.RUNNING)
        deployment = await do(
            PlatformActivities.deploy,
            self._deploy_request(live),
            options.DEPLOY,
            summary=f"deploy {live.revision.commit[:8]}",
        )
        self._record.change(entered(self._record.state, deployment.entries))
        await do(
            PlatformActivities.settle,
            deployment,
            options.SETTLE.within(self._policy.settle_limit),
            summary=f"wait until {live.revision.commit[:8]} is healthy",
        )
        self._record.step(StepName.DEPLOY, StepState.DONE)
        await self._probe(live.plan.urls)
        self._record.state = replace(self._record.state, live=live)
        self._record.step(StepName.URL, StepState.DONE)

    async def _plan(self, revision: Revision) -> Plan:
        self._record.step(StepName.DEFINITION, StepState.RUNNING)
        request = PlanRequest(policy=self._policy, pull=self._pull, commit=revision.commit)
        plan = await do(PlanningActivities.plan, request, options.PLAN, summary=f"plan {revision.commit[:8]}")
        self._record.change(entered(self._record.state, plan.entries))
        self._record.step(StepName.DEFINITION, StepState.DONE)
        return plan

    async def _images(self, plan: Plan) -> tuple[Image, ...]:
        self._record.step(StepName.IMAGE, StepState.RUNNING)
        images = await each([self._image(plan, service) for service in plan.definition.services])
        self._record.step(StepName.IMAGE, StepState.DONE)
        return images

    async def _image(self, plan: Plan, service: Service) -> Image:
        request = ImageRequest(
            key=self._record.state.key,
            label=self._policy.label,
            instance=self._policy.images,
            commit=plan.commit,
            service=service,
        )
        limit = options.IMAGE.within(self._policy.build_limit)
        return await do(ImageActivities.resolve, request, limit, summary=f"image of {service.name}")

    async def _migrate_or_restore(self, plan: Plan, images: tuple[Image, ...]) -> None:
        """The database has this plan's migrations; if they fail, the last good revision is back on fresh data."""
        try:
            await self._migrating.migrate(plan, images)
        except ActivityError as error:
            if not is_cancelled_exception(error):
                await self._restore()
            raise

    async def _restore(self) -> None:
        """The last good revision answers again, on fresh data; or none does, if that fails too."""
        live = self._record.state.live
        if live is None:
            return
        self._record.change(replace(self._record.state, live=None))
        try:
            await self._migrating.start_over(live.plan, live.images)
            await self.deploy(live)
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            workflow.logger.warning("last good revision not restored", extra={"cause": message_of(error)})

    async def _probe(self, urls: tuple[ServiceUrl, ...]) -> None:
        self._record.step(StepName.URL, StepState.RUNNING)
        limit = options.PROBE.within(self._policy.probe_limit)
        await each([do(ProbeActivities.check, url, limit, summary=f"probe {url.url}") for url in urls])

    def _deploy_request(self, live: Live) -> DeployRequest:
        definition = live.plan.definition
        return DeployRequest(
            key=self._record.state.key,
            label=self._policy.label,
            instance=self._policy.platform,
            revision=live.revision,
            release=f"{live.revision.commit[:8]}-{workflow.uuid4().hex[:8]}",
            services=_services(definition, live),
            database=self._record.state.database if definition.database else None,
            variable=definition.database.variable if definition.database else "",
            flags=definition.flags,
        )


def _services(definition: Definition, live: Live) -> tuple[ServiceRequest, ...]:
    urls = {url.service: url for url in live.plan.urls}
    return tuple(
        ServiceRequest(
            service=service,
            image=image,
            environment=environment_of(service, live.plan.urls),
            url=urls.get(service.name),
        )
        for service, image in zip(definition.services, live.images, strict=True)
    )
