"""How a preview begins and how a revision is planned: what the ports say together, before anything is made."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from temporalio import activity

from activities.failures import told_to_temporal
from domain.definitions import DEFINITION_PATH, Definition, ServiceUrl
from domain.errors import MatineeError, PermanentError
from domain.names import Key, fingerprint, seed_label
from domain.phases import Reason
from domain.policies import Policy, urls_of
from domain.ports import Database, Definitions, Forge, Images, Platform
from domain.pulls import Blob
from domain.requests import Beginning, Plan, PlanRequest
from domain.resources import Entry, Resource, Seed


@dataclass(frozen=True)
class PlanningActivities:
    """Every configured port by name, and the policy that says which of them serve a key."""

    policies: Callable[[Key], Policy]
    definitions: Definitions
    forges: Mapping[str, Forge]
    images: Mapping[str, Images]
    databases: Mapping[str, Database]
    platforms: Mapping[str, Platform]

    @activity.defn(name="begin")
    async def begin(self, key: Key) -> Beginning:
        """The policy for this key, and every resource anywhere that carries its mark already."""
        async with told_to_temporal():
            holders = [*self.images.values(), *self.databases.values(), *self.platforms.values()]
            listed = await asyncio.gather(*(holder.list() for holder in holders))
            ours = [resource for found in listed for resource in found if resource.key == key]
            policy = self.policies(key)
            return Beginning(
                policy=policy,
                adopted=tuple(_adopted(resource, policy.label) for resource in ours),
                generation=max((resource.generation for resource in ours), default=0),
            )

    @activity.defn(name="plan")
    async def plan(self, request: PlanRequest) -> Plan:
        """How this commit will be rolled out. Definition errors name what to mend."""
        async with told_to_temporal():
            repository, policy = request.pull.key.repository, request.policy
            # What a stranger wrote into the definition is not obeyed, only what their pull request would change.
            trusted = request.pull.base_commit if request.pull.stranger else request.commit
            definition = await self._definition(policy, repository, trusted)
            if definition.database:
                self._require_database(policy.database)
            urls = urls_of(policy, definition)
            seed, seed_definition = await self._seed(request, definition)
            migrations = await self._migrations(policy, repository, request.commit, definition)
            at_base = await self._at_base(request, definition)
            return Plan(
                commit=request.commit,
                definition=definition,
                urls=urls,
                migrations=migrations,
                seed=seed,
                seed_definition=seed_definition,
                seed_sealed=seed is not None and await self.databases[policy.database].sealed(seed),
                entries=self._entries(policy, definition, urls),
                trusted=not request.pull.stranger,
                ahead=tuple(sorted({one.path for one in at_base} - {one.path for one in migrations})),
            )

    async def _definition(self, policy: Policy, repository: str, commit: str) -> Definition:
        content = await self.forges[policy.forge].file(repository, commit, DEFINITION_PATH)
        if content is None:
            raise PermanentError(
                f"{repository} has no {DEFINITION_PATH} at commit {commit[:12]}; add one "
                "(`matinee try PATH` offers a first version)",
                reason=Reason.DEFINITION_MISSING,
            )
        return self.definitions.read(content)

    def _require_database(self, name: str) -> None:
        if name not in self.databases:
            known = ", ".join(self.databases) or "none"
            raise PermanentError(
                f"the definition has a `database`, and the worker knows no database server {name!r} (configured: "
                f"{known}): leave `database` out, or correct MATINEE_DATABASE or MATINEE_DATABASES__<NAME>__…",
                reason=Reason.SETTINGS,
            )

    async def _migrations(
        self, policy: Policy, repository: str, commit: str, definition: Definition
    ) -> tuple[Blob, ...]:
        if definition.database is None or not definition.database.migrations:
            return ()
        return await self.forges[policy.forge].blobs(repository, commit, definition.database.migrations)

    async def _at_base(self, request: PlanRequest, definition: Definition) -> tuple[Blob, ...]:
        """The migrations of the base; none where it cannot say, as only a failure is told by them."""
        pull = request.pull
        with suppress(MatineeError):
            return await self._migrations(request.policy, pull.key.repository, pull.base_commit, definition)
        return ()

    def _entries(self, policy: Policy, definition: Definition, urls: tuple[ServiceUrl, ...]) -> tuple[Entry, ...]:
        image = self.images[policy.images].entries(policy.images, policy.label)
        data = self.databases[policy.database].entries(policy.database, policy.label) if definition.database else ()
        return (
            *image,
            *data,
            *self.platforms[policy.platform].entries(policy.platform, policy.label, definition, urls),
        )

    async def _seed(self, request: PlanRequest, definition: Definition) -> tuple[Seed, Definition] | tuple[None, None]:
        """The seed at the base of the pull request; at its own commit where the base has no database yet."""
        base = await self._base_definition(request)
        commit, at_base = (request.pull.base_commit, base) if base and base.database else (request.commit, definition)
        database = at_base.database
        if definition.database is None or database is None or not database.seed:
            return None, None
        forge, repository = self.forges[request.policy.forge], request.pull.key.repository
        paths = [path for path in (database.migrations, *database.seed_files) if path]
        found = [blob for path in paths for blob in await forge.blobs(repository, commit, path)]
        version = fingerprint(
            repository,
            *database.migrate,
            "",
            *database.seed,
            "",
            *(part for blob in found for part in (blob.path, blob.digest)),
        )
        seed = Seed(
            instance=request.policy.database,
            repository=repository,
            commit=commit,
            fingerprint=version,
            label=seed_label(repository, version),
        )
        return seed, at_base

    async def _base_definition(self, request: PlanRequest) -> Definition | None:
        try:
            return await self._definition(request.policy, request.pull.key.repository, request.pull.base_commit)
        except PermanentError:
            # A base without a readable definition is what the pull request that brings the first one has.
            return None


def _adopted(resource: Resource, label: str) -> Entry:
    """The entry of what has this label, or says under which other one it was made."""
    return resource.entry if resource.label == label else replace(resource.entry, label=resource.label)
