"""Building one version of a repository's seed: an empty database, migrated, seeded, sealed as a template."""

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities import attributes
    from activities.databases import DatabaseActivities
    from activities.failures import message_of, reason_of
    from activities.images import ImageActivities
    from activities.platforms import PlatformActivities
    from domain.definitions import DatabaseDefinition, Service
    from domain.leases import Grant, Place
    from domain.names import seed_key
    from domain.requests import ImageRequest, Pruning, RunRequest, SeedRequest
    from domain.resources import DatabaseRef, Image, Removal
    from workflows import options
    from workflows.leased import Leased
    from workflows.leasing import Leasing
    from workflows.options import do
    from workflows.showing import show

SEEDS_KEPT = 3
"""Sealed seeds of a repository that are kept: branches of older pull requests may still need the last ones."""


@workflow.defn(name="SeedWorkflow")
class SeedWorkflow:
    """One seed. It fails with the reason that the previews which wait for it will show."""

    @workflow.init
    def __init__(self, request: SeedRequest) -> None:
        """Know what to build; nothing is made yet."""
        self._request = request
        self._leasing = Leasing(request.seed.repository, request.seed.label)
        self._generation = int(workflow.info().workflow_start_time.timestamp())

    @workflow.run
    async def run(self, request: SeedRequest) -> str:
        """The name of the seed, once it is sealed."""
        seed, database = request.seed, request.definition.database
        if database is None:
            raise ApplicationError(f"the definition at {seed.commit[:12]} has no database", type="Refused")
        workflow.set_current_details(f"building seed {seed.fingerprint} at `{seed.commit[:12]}`")
        try:
            image = await self._image(request.definition.service(database.service))
            leased = Leased(self._leasing, request.policy, _show)
            await leased.during("seed", lambda grant: self._build(database, image, grant))
        except ActivityError as error:
            await self._clean()
            raise ApplicationError(message_of(error), reason_of(error).value, type="SeedFailed") from None
        await self._clean()
        await workflow.wait_condition(lambda: self._leasing.is_idle)
        pruning = Pruning(instance=seed.instance, repository=seed.repository, keep=SEEDS_KEPT)
        await do(DatabaseActivities.drop_seeds, pruning, options.REMOVE, summary="drop old seeds")
        return seed.label

    @workflow.signal
    def granted(self, grant: Grant) -> None:
        """The throttle gave a lease."""
        self._leasing.granted(grant)

    @workflow.signal
    def queued(self, place: Place) -> None:
        """The throttle says where in the queue this stands."""
        self._leasing.queued(place)
        workflow.set_current_details(f"place {place.place} in the queue for the database server")

    async def _image(self, service: Service) -> Image:
        request = ImageRequest(
            key=seed_key(self._request.seed.repository),
            label=self._request.seed.label,
            instance=self._request.policy.images,
            commit=self._request.seed.commit,
            service=service,
            generation=self._generation,
        )
        limit = options.IMAGE.within(self._request.policy.image_limit)
        return await do(ImageActivities.resolve, request, limit, summary=f"image of {service.name}")

    async def _build(self, database: DatabaseDefinition, image: Image, grant: Grant) -> None:
        seed = self._request.seed
        ref = await do(DatabaseActivities.open_seed, seed, options.SEAL, summary=f"open {seed.label}")
        for name, command in (("migrate", database.migrate), ("seed", database.seed)):
            if command:
                await self._run(name, command, image, ref, grant)
        await do(DatabaseActivities.seal, seed, options.SEAL, summary=f"seal {seed.label}")

    async def _run(self, name: str, command: tuple[str, ...], image: Image, ref: DatabaseRef, grant: Grant) -> None:
        definition = self._request.definition
        service = definition.service(definition.database.service if definition.database else "")
        request = RunRequest(
            key=seed_key(self._request.seed.repository),
            label=self._request.seed.label,
            instance=self._request.policy.platform,
            token=f"{name}-{workflow.uuid4().hex[:12]}",
            image=image,
            command=command,
            # The seed is built before any preview has a URL, so references to them stay out.
            environment={key: value for key, value in service.environment.items() if "{" not in value},
            resources=service.resources,
            database=ref,
            variable=definition.database.variable if definition.database else "",
            deadline=grant.ends,
            generation=self._generation,
            secrets=service.secrets,
            # A seed is built from the base's definition and commit, or from those of somebody with write access.
            trusted=True,
        )
        left = (grant.ends - workflow.now()) / timedelta(seconds=1)
        await do(PlatformActivities.run, request, options.RUN.within(left), summary=f"{name} the seed")

    async def _clean(self) -> None:
        """What building left on the platform and in the image store is gone, or left to the sweep; the seed stays."""
        runs = self._removal("platform", self._request.policy.platform)
        trees = self._removal("images", self._request.policy.images)
        try:
            await do(PlatformActivities.remove, runs, options.CLEAN, summary="remove what building left")
            await do(ImageActivities.remove, trees, options.CLEAN, summary="remove the image it was built with")
        except ActivityError as error:
            workflow.logger.warning("left to the sweep", extra={"seed": runs.label, "why": message_of(error)})

    def _removal(self, port: str, instance: str) -> Removal:
        seed = self._request.seed
        return Removal(
            key=seed_key(seed.repository),
            label=seed.label,
            port=port,
            instance=instance,
            generation=self._generation,
            entries=(),
        )


def _show(lease: str | None) -> None:
    """A throttle that lost its memory finds this lease; preview workflows show theirs in the same attribute."""
    show({attributes.LEASE.name: lease})
