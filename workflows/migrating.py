"""A preview's own database: branched from the seed once, migrated at every push, each under a lease."""

from dataclasses import replace
from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.databases import DatabaseActivities
    from activities.platforms import PlatformActivities
    from activities.seeds import SeedActivities
    from domain.definitions import DatabaseDefinition, environment_of
    from domain.leases import Grant
    from domain.phases import StepName, StepState
    from domain.policies import Policy
    from domain.requests import BranchRequest, Plan, RunRequest, SeedRequest
    from domain.resources import Image
    from domain.rollouts import needs_branch
    from workflows import options
    from workflows.leased import Leased
    from workflows.leasing import Leasing
    from workflows.options import do
    from workflows.recording import Record


UNDEFINED = "as the definition has none"
"""The note of a step that is skipped because there is nothing to do it with."""


class Migrating:
    """Branches and migrates the database of one preview; a place of the throttle is held only while it does."""

    def __init__(self, record: Record, policy: Policy, leasing: Leasing) -> None:
        self._record = record
        self._policy = policy
        self._lease = Leased(leasing, policy, record.leased)

    async def branch(self, plan: Plan) -> None:
        """The preview has a database that this plan's migrations can be run on."""
        if plan.definition.database is None or not needs_branch(self._record.state, plan):
            self._record.step(StepName.DATABASE, StepState.SKIPPED, "kept" if plan.definition.database else UNDEFINED)
            return
        note = "" if self._record.state.database is None else "data reset"
        self._record.step(StepName.DATABASE, StepState.RUNNING, note)
        if plan.seed and plan.seed_definition and not plan.seed_sealed:
            request = SeedRequest(policy=self._policy, seed=plan.seed, definition=plan.seed_definition)
            waits = f"waits for the seed, which is built from {plan.seed.commit[:7]}"
            self._record.step(StepName.DATABASE, StepState.RUNNING, f"{note}; {waits}" if note else waits)
            await do(SeedActivities.have_seed, request, options.SEED, summary=f"seed {plan.seed.fingerprint}")
            self._record.step(StepName.DATABASE, StepState.RUNNING, note)
        await self._lease.during("branch", lambda grant: self._branch(plan, grant))
        self._record.step(StepName.DATABASE, StepState.DONE, note)

    def replaces_data(self, plan: Plan) -> bool:
        """Whether this plan takes away the data that there are."""
        state = self._record.state
        return state.database is not None and plan.definition.database is not None and needs_branch(state, plan)

    async def migrate(self, plan: Plan, images: tuple[Image, ...]) -> None:
        """The database has every migration of this plan. Until this has begun, nothing of it was changed."""
        database = plan.definition.database
        if database is None or not database.migrate:
            self._record.step(StepName.MIGRATION, StepState.SKIPPED, UNDEFINED)
            return
        self._record.step(StepName.MIGRATION, StepState.RUNNING)
        await self._lease.during("migrate", lambda grant: self._migrate(plan, database, images, grant))
        self._record.state = replace(self._record.state, clean=True, applied=plan.migrations)
        self._record.step(StepName.MIGRATION, StepState.DONE)

    async def start_over(self, plan: Plan, images: tuple[Image, ...]) -> None:
        """The database is a fresh copy of the seed with this plan's migrations; the data before it are gone."""
        self._record.change(replace(self._record.state, clean=False))
        await self.branch(plan)
        await self.migrate(plan, images)

    async def _branch(self, plan: Plan, grant: Grant) -> None:
        # Two branchings are two generations, or the second one would keep the data of the first.
        generation, state = self._record.next_generation(), self._record.state
        self._record.change(state if state.database is None else replace(state, live=None, clean=False))
        request = BranchRequest(
            key=self._record.state.key,
            label=self._policy.label,
            instance=self._policy.database,
            generation=generation,
            seed=plan.seed,
            deadline=grant.ends,
        )
        limit = options.BRANCH.within(_left(grant))
        ref = await do(DatabaseActivities.branch, request, limit, summary=f"branch of {self._policy.label}")
        self._record.change(replace(self._record.state, database=ref, applied=(), clean=True))

    async def _migrate(self, plan: Plan, database: DatabaseDefinition, images: tuple[Image, ...], grant: Grant) -> None:
        self._record.change(replace(self._record.state, clean=False))
        service = plan.definition.service(database.service)
        request = RunRequest(
            key=self._record.state.key,
            label=self._policy.label,
            instance=self._policy.platform,
            token=f"migrate-{workflow.uuid4().hex[:12]}",
            image=next(image for image in images if image.service == service.name),
            command=database.migrate,
            environment=environment_of(service, plan.urls),
            resources=service.resources,
            database=self._record.state.database,
            variable=database.variable,
            deadline=grant.ends,
            generation=self._record.next_generation(),
            secrets=service.secrets,
            trusted=plan.trusted,
            migrations=tuple(one.path for one in plan.migrations),
            ahead=plan.ahead,
        )
        await do(PlatformActivities.run, request, options.RUN.within(_left(grant)), summary="migrate")


def _left(grant: Grant) -> float:
    return (grant.ends - workflow.now()) / timedelta(seconds=1)
