"""What the sweep sees and does: it looks everywhere, and acts only by signalling a preview's own workflow."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from temporalio import activity
from temporalio.client import Client, WorkflowExecution

from activities import attributes
from activities.failures import told_to_temporal
from domain.definitions import ServiceUrl
from domain.errors import MatineeError, NotYet, PermanentError
from domain.messages import Close, Observed, PreviewInput, Push
from domain.names import Key, parse_key, workflow_id
from domain.phases import Phase
from domain.policies import Policy
from domain.ports import Database, Forge, Images, Platform, Probe
from domain.pulls import PullRequest
from domain.resources import Resource
from domain.sweeping import Act, Finding, Holding, Owned, Survey, Word

OWNED = "WorkflowType = 'PreviewWorkflow' AND ExecutionStatus = 'Running'"
"""The filter that finds every preview that has an owner, in the Temporal UI too."""

NAMES_SHOWN = 3
"""Names of resources that a report tells of a holding; the count tells of the rest."""

AT_ONCE = 8
"""Questions to forges and looks at URLs that a sweep has under way at the same time."""


@dataclass(frozen=True)
class SweepActivities:
    """The client that finds and signals workflows, and every configured port by name."""

    client: Client
    policies: Callable[[Key], Policy]
    forges: Mapping[str, Forge]
    images: Mapping[str, Images]
    databases: Mapping[str, Database]
    platforms: Mapping[str, Platform]
    probe: Probe

    @activity.defn(name="survey")
    async def survey(self, light: bool) -> Survey:
        """Everything there is: open pull requests, running workflows and, unless `light`, marked resources."""
        async with told_to_temporal():
            answers = await asyncio.gather(*(_opened(name, forge) for name, forge in self.forges.items()))
            holders = () if light else (*self.images.values(), *self.databases.values(), *self.platforms.values())
            listed = await asyncio.gather(*(holder.list() for holder in holders))
            return Survey(
                opened=tuple(pull.key for opened, _ in answers for pull in opened),
                heads=tuple(pull.head.commit for opened, _ in answers for pull in opened),
                owned=tuple([owned async for owned in self._owned()]),
                holdings=_holdings([resource for found in listed for resource in found]),
                unreachable=tuple(problem for _, problem in answers if problem),
            )

    @activity.defn(name="ask_forges")
    async def ask(self, keys: tuple[Key, ...]) -> tuple[Word, ...]:
        """What the forge says of each of these very numbers, in order."""
        gate = asyncio.Semaphore(AT_ONCE)
        return tuple(await asyncio.gather(*(self._word(key, gate) for key in keys)))

    @activity.defn(name="unanswering")
    async def unanswering(self, owned: tuple[Owned, ...]) -> tuple[Finding, ...]:
        """Those of these previews that do not answer from outside, and what is wrong with each."""
        gate = asyncio.Semaphore(AT_ONCE)
        found = await asyncio.gather(*(self._looked_at(preview, gate) for preview in owned))
        return tuple(finding for finding in found if finding)

    @activity.defn(name="refresh_secrets")
    async def refresh(self, dry_run: bool) -> tuple[str, ...]:
        """What ages, and could not be kept as it should be: Secrets, branches at vendors; a `dry_run` does not try."""
        if dry_run:
            return ()
        keeping = [_kept(name, platform.refresh()) for name, platform in self.platforms.items()]
        keeping += [_kept(name, database.extend()) for name, database in self.databases.items()]
        async with told_to_temporal():
            return tuple(problem for problems in await asyncio.gather(*keeping) for problem in problems)

    @activity.defn(name="act_on")
    async def act_on(self, finding: Finding) -> None:
        """The preview's own workflow has been told; one that does not run is started with the message."""
        match finding.act:
            case Act.START | Act.PUSH:
                await self._signal(finding.key, "push", Push(event="sweep"))
            case Act.CLOSE:
                # The forge's word, not a person's: a pull request that is open again by then comes up again.
                await self._signal(finding.key, "close", Close(by=""))
            case Act.REPAIR:
                await self._signal(finding.key, "observed", Observed(healthy=False, detail=finding.why))
            case Act.WATCH:
                return

    async def _signal(self, key: Key, name: str, message: object) -> None:
        await self.client.start_workflow(
            "PreviewWorkflow",
            PreviewInput(key=key),
            id=workflow_id(key),
            task_queue=activity.info().task_queue,
            start_signal=name,
            start_signal_args=[message],
            static_summary=str(key),
            search_attributes=attributes.of(key),
        )

    async def _owned(self) -> AsyncIterator[Owned]:
        async for execution in self.client.list_workflows(OWNED):
            # One that somebody started by hand under another id is not ours to judge, and must not stop the sweep.
            with suppress(ValueError):
                yield Owned(
                    key=parse_key(execution.id),
                    phase=Phase(execution.typed_search_attributes.get(attributes.PHASE, Phase.QUEUED.value)),
                    url=await _memo(execution, "url"),
                    health=await _memo(execution, "health"),
                    head=await _memo(execution, "head"),
                )

    async def _word(self, key: Key, gate: asyncio.Semaphore) -> Word:
        async with gate:
            activity.heartbeat()
            try:
                pull = await self.forges[self.policies(key).forge].pull_request(key)
            except PermanentError:
                return Word.UNKNOWN
            except MatineeError:
                return Word.UNREACHABLE
            return Word.OPEN if pull.is_open else Word.CLOSED

    async def _looked_at(self, preview: Owned, gate: asyncio.Semaphore) -> Finding | None:
        async with gate:
            activity.heartbeat()
            try:
                await self.probe.check(ServiceUrl("", preview.url, preview.health or "/"))
            except NotYet as error:
                return Finding(key=preview.key, act=Act.REPAIR, why=f"it is ready and does not answer: {error}")
            except MatineeError:
                # We could not look, which says nothing of the preview.
                return None
            return None


async def _opened(name: str, forge: Forge) -> tuple[tuple[PullRequest, ...], str]:
    try:
        return await forge.open_pull_requests(), ""
    except MatineeError as error:
        return (), f"{name}: {error}"


async def _kept(name: str, keeping: Awaitable[tuple[str, ...]]) -> tuple[str, ...]:
    try:
        return await keeping
    except MatineeError as error:
        return (f"{name}: {error}",)


def _holdings(resources: list[Resource]) -> tuple[Holding, ...]:
    by_key: defaultdict[Key, list[Resource]] = defaultdict(list)
    for resource in resources:
        if resource.key:
            by_key[resource.key].append(resource)
    return tuple(
        Holding(
            key=key,
            entries=len(held),
            youngest=_youngest(held),
            names=tuple(str(resource.entry) for resource in held[:NAMES_SHOWN]),
        )
        for key, held in sorted(by_key.items())
    )


def _youngest(resources: list[Resource]) -> datetime | None:
    """When the last of them was made; None as soon as one does not say, because age is what protects."""
    instants = [resource.made_at for resource in resources]
    return None if None in instants else max(instant for instant in instants if instant)


async def _memo(execution: WorkflowExecution, name: str) -> str:
    return str((await execution.memo()).get(name, ""))
