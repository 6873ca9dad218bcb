"""Hooking: the hooks of a release run one by one, each once, whoever asks and however often.

A Job is waited for until it has ended; whatever else is a hook counts as soon as it is there, as Helm has it
(https://helm.sh/docs/topics/charts_hooks/). What an earlier release left under the same name is always taken away
first: Helm does so unless another policy is written, and then refuses to go on, which would help no preview.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from adapters.platforms.kubernetes.applying import deployer_of, labels_of, once_bound
from adapters.platforms.kubernetes.claiming import RELEASE, uid_of
from adapters.platforms.kubernetes.commanding import Commanding, end_of
from adapters.platforms.kubernetes.observing import Observing
from adapters.platforms.kubernetes.releasing import Kept, Releasing
from adapters.platforms.kubernetes.requesting import Api, Thing
from domain.errors import MESSAGE_LIMIT, NotYet, PermanentError
from domain.manifests.hooks import Disposal, events_of
from domain.manifests.inventory import Item, item_of
from domain.manifests.pinning import replaced_at
from domain.manifests.releases import Release
from domain.manifests.rules import Rules
from domain.manifests.shapes import at, text_of
from domain.phases import Reason

_JOB = "Job"


@dataclass(frozen=True, kw_only=True)
class Hooking:
    """Runs the hooks of one preview's release, the one that the rules name."""

    api: Api
    rules: Rules
    now: Callable[[], datetime]

    async def before(self) -> None:
        """What runs before the objects has ended well, and nothing of an earlier release's hooks runs any more.

        NotYet while one runs; PermanentError(SERVICE_FAILED) with its last log lines when one has failed.
        """
        kept = await self._kept()
        await self._end_older()
        await self._run(kept, 0, kept.release.first)

    async def after(self) -> None:
        """What runs after the objects has ended well too, and from now on this preview has a release to update."""
        kept = await self._kept()
        kept = await self._run(kept, kept.release.first, len(kept.release.hooks))
        if not kept.release.settled:
            await self._releasing.keep(replace(kept, release=replace(kept.release, settled=True)))

    @property
    def _releasing(self) -> Releasing:
        return Releasing(api=self.api, rules=self.rules)

    @property
    def _commanding(self) -> Commanding:
        return Commanding(api=self.api, rules=self.rules, now=self.now)

    async def _kept(self) -> Kept:
        kept = await self._releasing.read()
        if kept is None or kept.release.name != self.rules.release:
            raise PermanentError(f"the release {self.rules.release} is not there", reason=Reason.SERVICE_FAILED)
        if kept.release.failure:
            raise PermanentError(kept.release.failure, reason=Reason.SERVICE_FAILED)
        return kept

    async def _run(self, kept: Kept, first: int, last: int) -> Kept:
        for index in range(max(first, kept.release.done), last):
            kept = await self._ended_well(kept, index)
        for index in range(first, last):
            await self._dispose(kept.release, index, Disposal.SUCCEEDED)
        return kept

    async def _ended_well(self, kept: Kept, index: int) -> Kept:
        content = kept.release.hooks[index].content
        item = item_of(content)
        found = await self._get(item)
        if self._run_of(found) != self._name(index):
            await self._begin(content, index, found)
        try:
            if item.kind == _JOB:
                await Observing(api=self.api, rules=self.rules, now=self.now).require_ready((item,))
        except NotYet as answer:
            raise NotYet(f"waiting for a hook ({_words(content)}): {answer.message}") from answer
        except PermanentError as error:
            raise await self._failure(kept, index, f"a hook ({_words(content)}) has failed: {error.message}") from error
        return await self._releasing.keep(replace(kept, release=kept.release.advanced()))

    async def _begin(self, content: Any, index: int, older: Thing | None) -> None:
        item = item_of(content)
        if item.kind == _JOB:
            await self._commanding.cancel(item.name)
        elif older is not None:
            await self.api.delete(item, self.rules.namespace, user=deployer_of(self.rules))
            if await self._get(item) is not None:
                raise NotYet(f"{item.kind} {item.name} of an earlier release is still being removed")
        marked = replaced_at(content, ("metadata", "annotations", RELEASE), self._name(index))
        await once_bound(lambda: self.api.create(marked, user=deployer_of(self.rules)))

    async def _failure(self, kept: Kept, index: int, message: str) -> PermanentError:
        """The error, which is kept first: what has failed may be taken away, and must not run again for that."""
        error = PermanentError(message, reason=Reason.SERVICE_FAILED)
        release = replace(kept.release, failure=error.message[:MESSAGE_LIMIT])
        await self._releasing.keep(replace(kept, release=release))
        await self._dispose(release, index, Disposal.FAILED)
        for earlier in range(index):
            await self._dispose(release, earlier, Disposal.SUCCEEDED)
        return error

    async def _dispose(self, release: Release, index: int, when: Disposal) -> None:
        """The hook is gone if this is when it wants to be."""
        hook = release.hooks[index]
        if when not in hook.disposals:
            return
        item = item_of(hook.content)
        found = await self._get(item)
        if found is not None and self._run_of(found) == self._name(index):
            user, namespace = deployer_of(self.rules), self.rules.namespace
            await self.api.delete(item, namespace, uid=uid_of(found), user=user)

    async def _end_older(self) -> None:
        """No hook of an earlier release runs: two migrations of one database would be one too many."""
        jobs = await once_bound(self._jobs)
        for job in jobs:
            release, slash, _ = self._run_of(job).rpartition("/")
            if slash and release != self.rules.release and not end_of(job):
                await self._commanding.cancel(job["metadata"]["name"])

    async def _jobs(self) -> tuple[Thing, ...]:
        user, labels = deployer_of(self.rules), labels_of(self.rules)
        return await self.api.list("batch/v1", _JOB, self.rules.namespace, labels=labels, user=user)

    async def _get(self, item: Item) -> Thing | None:
        return await once_bound(lambda: self.api.get(item, self.rules.namespace, user=deployer_of(self.rules)))

    def _name(self, index: int) -> str:
        """What no other run of any hook is called."""
        return f"{self.rules.release}/{index}"

    def _run_of(self, thing: Thing | None) -> str:
        return text_of(at(thing, "metadata", "annotations", RELEASE))


def _words(content: Any) -> str:
    return ", ".join(sorted(events_of(content)))
