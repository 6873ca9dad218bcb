"""The Kubernetes platform: the port's verbs."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from adapters.marks import Mark
from adapters.platforms.kubernetes import claiming, removing
from adapters.platforms.kubernetes.applying import Applying, deployer_of, require_known
from adapters.platforms.kubernetes.claiming import is_ending
from adapters.platforms.kubernetes.commanding import Commanding
from adapters.platforms.kubernetes.examining import Examining
from adapters.platforms.kubernetes.flagging import Flagging
from adapters.platforms.kubernetes.founding import Founding, door_of
from adapters.platforms.kubernetes.listing import PORT, Entries, resources
from adapters.platforms.kubernetes.occupying import is_occupied
from adapters.platforms.kubernetes.reading import Reading
from adapters.platforms.kubernetes.refreshing import Refreshing
from adapters.platforms.kubernetes.releasing import Releasing, Revisions
from adapters.platforms.kubernetes.requesting import Api
from adapters.platforms.kubernetes.rolling import Rolling
from adapters.platforms.kubernetes.sharing import Sharing
from adapters.platforms.kubernetes.supplying import Supplying
from adapters.platforms.kubernetes.together import patiently, uninterrupted
from adapters.platforms.kubernetes.undoing import Undoing
from adapters.processes.commands import TIMED_OUT
from adapters.processes.masking import secrets_of
from domain.definitions import Definition, ServiceUrl
from domain.errors import PermanentError
from domain.manifests.building import built, job
from domain.manifests.founding import flags_map
from domain.manifests.hooks import Stages
from domain.manifests.inventory import items_of
from domain.manifests.routing import hosts_of
from domain.manifests.rules import Rules
from domain.manifests.shapes import at, text_of
from domain.manifests.sums import requested
from domain.manifests.supplies import Supplies
from domain.manifests.supplying import supplied
from domain.names import Key
from domain.phases import Reason
from domain.ports import Beat
from domain.requests import DeployRequest, FlagsRequest, LogsRequest, RunRequest, RunResult
from domain.resources import Connection, Deployment, Entry, Removal, Resource


class KubernetesPlatform:
    """Runs previews in namespaces of a cluster.

    `rules` hold for every preview, but for its key, label, namespace, hosts and release, which are filled in;
    namespaces are called by the label after `prefix`, are given what `supplies` says, and have URLs made from `url`.
    `settle` looks again for up to `patience` seconds before it says NotYet; after that proxies get `drain` seconds to
    learn where traffic goes. A removal is given up for now, and its blocker named, after `removal` seconds.
    `revisions` makes the objects of repositories that have manifests of their own; without it they are refused.
    """

    def __init__(
        self,
        *,
        instance: str,
        api: Api,
        rules: Rules,
        now: Callable[[], datetime],
        supplies: Supplies | None = None,
        prefix: str = "preview-",
        url: str = "",
        patience: float = 5.0,
        drain: float = 0.5,
        removal: float = 40.0,
        revisions: Revisions | None = None,
    ) -> None:
        self._api = api
        self._rules = rules
        self._now = now
        self._prefix = prefix
        self._url = url
        self._patience = patience
        self._drain = drain
        self._removal = removal
        self._revisions = revisions
        self._entries = Entries(instance=instance, prefix=prefix)
        self._founding = Founding(api=api)
        self._supplying = Supplying(api=api, supplies=supplies or Supplies())

    def entries(
        self, instance: str, label: str, definition: Definition, urls: tuple[ServiceUrl, ...]
    ) -> tuple[Entry, ...]:
        """What deploying this definition makes, named before it is made."""
        return Entries(instance=instance, prefix=self._prefix).of_definition(label, definition, urls)

    async def deploy(self, request: DeployRequest, connection: Connection | None) -> Deployment:
        """The revision begins to run beside the one that answers now, which keeps answering.

        NotYet while a hook runs that comes before its objects.
        """
        request = request if connection else replace(request, database=None)
        urls = tuple(one.url for one in request.services if one.url)
        hosts = hosts_of(urls)
        rules = await self._of_request(request, connection)
        rules = replace(rules, hosts=hosts, release=request.release, migration=request.migration)
        mark, releasing = self._mark(request.key, request.generation), Releasing(api=self._api, rules=rules)
        kept = await releasing.decided(request, mark, self._revisions)
        stages = kept.release.stages if kept else Stages(objects=built(request, rules))
        sharing = Sharing(api=self._api, rules=rules)
        await require_known(self._api, (*items_of(stages.contents), *sharing.items(urls)))
        flags = flags_map(rules, request.flags, request.generation)
        namespace = await self._founding.found(rules, mark, connection, flags)
        await self._founding.fence(rules)
        namespace = await self._supplying.supply(namespace, rules)
        if kept:
            kept = await releasing.keep(kept)
        rolling = Rolling(api=self._api, rules=rules, now=self._now)
        await rolling.record(namespace, stages, rendered=kept is not None)
        if kept:
            await patiently(rolling.hooks.before, self._patience)
        await Applying(api=self._api, namespace=rules.namespace, user=deployer_of(rules)).apply(stages.objects)
        await sharing.share(namespace, urls, stages.objects)
        return Deployment(
            key=request.key,
            label=request.label,
            instance=request.instance,
            commit=request.revision.commit,
            release=request.release,
            generation=request.generation,
            entries=self._entries.of_request(request),
            requested=requested(stages.objects, rules),
        )

    async def settle(self, deployment: Deployment) -> Deployment:
        """Every service is healthy, traffic goes to this deployment, and older ones are gone."""
        rules = replace(self._of(deployment.key, deployment.label), release=deployment.release)
        await patiently(lambda: self._look(rules, deployment), self._patience)
        await asyncio.sleep(self._drain)
        return deployment

    async def set_flags(self, request: FlagsRequest) -> None:
        """What runs of the preview reads these flags, without a restart. One that is not there stays so."""
        rules = self._of(request.key, request.label)
        found = await claiming.ours(self._api, rules.namespace, self._mark(request.key, request.generation))
        if found is not None and not is_ending(found):
            await Flagging(api=self._api, rules=rules).set(request)

    async def run(self, request: RunRequest, connection: Connection | None, beat: Beat) -> RunResult:
        """The command's end. Cancelled, it ends the command with all that it started before it returns."""
        if request.deadline <= self._now():
            return RunResult(exit_code=TIMED_OUT, log="matinee: its deadline had passed before it began")
        request = request if connection else replace(request, database=None)
        rules = await self._of_request(request, connection)
        command = job(request, rules, self._now())
        mark = self._mark(request.key, request.generation)
        namespace = await self._founding.found(rules, mark, connection)
        given = await self._supplying.within(namespace, rules, request.secrets)
        mask = (*given, *secrets_of(connection.url if connection else ""))
        undoing = Undoing(api=self._api, rules=rules, mark=mark)
        commanding = Commanding(api=self._api, rules=rules, now=self._now, mask=mask, undoing=undoing)
        try:
            return await commanding.run(command, request.deadline, beat)
        except asyncio.CancelledError:
            await uninterrupted(commanding.cancel(command["metadata"]["name"]))
            raise

    async def remove(self, removal: Removal) -> tuple[Entry, ...]:
        """The entries, each verified gone; TemporaryError(TEARDOWN_BLOCKED) names what is still there."""
        rules = self._of(removal.key, removal.label)
        found = await claiming.ours(self._api, rules.namespace, self._mark(removal.key, removal.generation))
        await Sharing(api=self._api, rules=rules).end()
        if found is not None:
            await removing.remove(self._api, found, rules, patience=self._removal)
        return tuple(entry for entry in removal.entries if entry.port == PORT)

    async def list(self) -> tuple[Resource, ...]:
        """Every namespace, workload and route that carries this installation's mark."""
        return await resources(self._api, self._rules.installation, self._entries)

    async def refresh(self) -> tuple[str, ...]:
        """The Secrets that previews were given follow their sources; returned is what could not be done, in words."""
        return await Refreshing(self._supplying, self._rules.installation, self._of).refresh()

    async def busy(self, label: str) -> bool:
        """Whether a command of this preview still runs, whoever began it. One that is being removed may still."""
        rules = self._of(Key("", 0), label)
        return await is_occupied(self._api, rules, Commanding(api=self._api, rules=rules, now=self._now))

    async def logs(self, request: LogsRequest) -> str:
        """The last lines that the services wrote, each with its service's name, secrets masked."""
        rules = self._of(request.key, request.label)
        if await claiming.ours(self._api, rules.namespace, self._mark(request.key), late=False) is None:
            return ""
        return await Reading(api=self._api, rules=rules).services(request.service, request.lines)

    async def examine(self) -> tuple[str, ...]:
        """What keeps this platform from working, each with its cure; nothing if it works."""
        return await Examining(api=self._api, rules=self._rules, url=self._url, revisions=self._revisions).problems()

    async def _of_request(self, request: DeployRequest | RunRequest, connection: Connection | None) -> Rules:
        """The rules of one preview, with what it is given and the way to its database."""
        rules = replace(self._of(request.key, request.label), worker=await self._api.user())
        rules = supplied(rules, self._supplying.supplies, request)
        return replace(rules, database=await door_of(connection)) if connection and rules.database is None else rules

    async def _look(self, rules: Rules, deployment: Deployment) -> None:
        mark = self._mark(deployment.key, deployment.generation)
        namespace = await claiming.ours(self._api, rules.namespace, mark)
        release = text_of(at(namespace, "metadata", "annotations", claiming.RELEASE))
        if namespace is None or is_ending(namespace) or release != deployment.release:
            raise PermanentError(f"the release {deployment.release} is not there", reason=Reason.SERVICE_FAILED)
        await Rolling(api=self._api, rules=rules, now=self._now).finish(namespace)

    def _of(self, key: Key, label: str) -> Rules:
        return replace(self._rules, key=key, label=label, namespace=f"{self._prefix}{label}")

    def _mark(self, key: Key, generation: int = 0) -> Mark:
        return Mark(installation=self._rules.installation, key=key, made_at=self._now(), generation=generation)
