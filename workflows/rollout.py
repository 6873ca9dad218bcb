"""One rollout: from a commit to a URL that answers, each step as soon as what it needs is there."""

from dataclasses import replace

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.failures import message_of, reason_of
    from activities.images import ImageActivities
    from activities.planning import PlanningActivities
    from activities.platforms import PlatformActivities
    from activities.probes import ProbeActivities
    from domain.checklists import COMMIT_LENGTH
    from domain.definitions import Definition, Service, ServiceUrl, environment_of
    from domain.events import planned
    from domain.flagging import deploying, given, in_force
    from domain.phases import StepName, StepState
    from domain.policies import Policy
    from domain.pulls import PullRequest, Revision
    from domain.requests import DeployRequest, ImageRequest, Plan, PlanRequest, ServiceRequest
    from domain.resources import Image
    from domain.rollouts import made_live, must_restore, step_failed
    from domain.states import Live, entered, requesting
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
        try:
            images = await self._prepared(plan)
            await self._migrating.migrate(plan, images)
        except ActivityError as error:
            if not must_restore(self._record.state):
                raise
            self._record.change(step_failed(self._record.state, workflow.now()))
            raise ApplicationError(f"{message_of(error)}\n{await self._restored()}", reason_of(error)) from error
        await self.deploy(Live(revision=revision, plan=plan, images=images))

    async def deploy(self, live: Live) -> None:
        """The revision, whose database is ready, runs, answers from outside, and is the live one."""
        self._record.step(StepName.DEPLOY, StepState.RUNNING)
        self._record.change(deploying(self._record.state, live.plan.definition.flags))
        request = self._deploy_request(live)
        deployment = await do(
            PlatformActivities.deploy, request, options.DEPLOY, summary=f"deploy {live.revision.commit[:8]}"
        )
        begun = given(entered(self._record.state, deployment.entries), request.flags)
        self._record.change(requesting(begun, deployment.requested, workflow.now()))
        await do(
            PlatformActivities.settle,
            deployment,
            options.SETTLE.within(self._policy.settle_limit),
            summary=f"wait until {live.revision.commit[:8]} is healthy",
        )
        # From here on it is this revision that visitors reach, and whether it answers is not known yet.
        self._record.change(replace(self._record.state, live=None))
        self._record.step(StepName.DEPLOY, StepState.DONE)
        await self._probe(live.plan.urls)
        self._record.state = made_live(self._record.state, live)
        self._record.step(StepName.URL, StepState.DONE)

    async def _plan(self, revision: Revision) -> Plan:
        self._record.step(StepName.DEFINITION, StepState.RUNNING)
        request = PlanRequest(policy=self._policy, pull=self._pull, commit=revision.commit)
        plan = await do(PlanningActivities.plan, request, options.PLAN, summary=f"plan {revision.commit[:8]}")
        self._record.change(entered(planned(self._record.state, plan.definition), plan.entries))
        self._record.step(StepName.DEFINITION, StepState.DONE)
        return plan

    async def _prepared(self, plan: Plan) -> tuple[Image, ...]:
        """The images are there, and the database is ready for this plan's migrations."""
        if self._migrating.replaces_data(plan):
            # What answers now needs its data until there is something to follow it.
            images = await self._images(plan)
            await self._migrating.branch(plan)
        else:
            images, _ = await both(self._images(plan), self._migrating.branch(plan))
        return images

    async def _images(self, plan: Plan) -> tuple[Image, ...]:
        self._record.step(StepName.IMAGE, StepState.RUNNING)
        generation = self._record.next_generation()
        images = await each([self._image(plan, service, generation) for service in plan.definition.services])
        self._record.step(StepName.IMAGE, StepState.DONE)
        return images

    async def _image(self, plan: Plan, service: Service, generation: int) -> Image:
        state = self._record.state
        request = ImageRequest(
            key=state.key,
            label=self._policy.label,
            instance=self._policy.images,
            commit=plan.commit,
            service=service,
            generation=generation,
            needed=tuple(dict.fromkeys(held.revision.commit for held in (state.live, state.good) if held)),
        )
        limit = options.IMAGE.within(self._policy.image_limit)
        return await do(ImageActivities.resolve, request, limit, summary=f"image of {service.name}")

    async def _restored(self) -> str:
        """What became of the last good revision, in words: it answers again on fresh data, or could not be restored."""
        good, steps = self._record.state.good, self._record.state.steps
        if good is None:
            return ""
        commit = good.revision.commit[:COMMIT_LENGTH]
        self._record.change(replace(self._record.state, live=None))
        try:
            await self._migrating.start_over(good.plan, good.images)
            await self.deploy(good)
        except ActivityError as error:
            said = f"{commit} could not be brought back: {message_of(error)}"
        else:
            said = f"{commit} is back, on fresh data"
        # The checklist is that of the rollout that failed, not of the one that followed it.
        self._record.change(replace(self._record.state, steps=steps))
        return said

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
            flags=in_force(self._record.state),
            generation=self._record.next_generation(),
            rendering=definition.rendering,
            trusted=live.plan.trusted,
            migration=definition.migration,
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
