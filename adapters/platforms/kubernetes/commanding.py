"""Commanding: a command that runs once, as a Job, whose result stays with the Job.

The Job's name comes from the token, so that a repetition finds it: while it runs it is joined, and when it has ended
its result stands in an annotation. A Job that is gone without one was cancelled, or removed with its preview.

Every push brings a Job, and ended ones count against the preview's quota too; so a new one takes the older ones away.
"""

import asyncio
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from adapters.platforms.kubernetes.applying import deployer_of, once_bound
from adapters.platforms.kubernetes.claiming import uid_of
from adapters.platforms.kubernetes.failures import AbsentError, ChangedError, DeniedError
from adapters.platforms.kubernetes.hiding import hidden
from adapters.platforms.kubernetes.reading import Reading
from adapters.platforms.kubernetes.requesting import Api, Thing
from adapters.platforms.kubernetes.undoing import Undoing
from adapters.processes.commands import TIMED_OUT
from adapters.processes.masking import masked
from domain.errors import PermanentError, TemporaryError
from domain.manifests.building import PREFIX
from domain.manifests.inventory import Item, item_of
from domain.manifests.rules import DOMAIN, Rules
from domain.manifests.shapes import at, list_of, text_of
from domain.phases import Reason
from domain.ports import Beat
from domain.readiness import Observation, State, judge
from domain.readiness.containers import containers
from domain.readiness.crashes import interrupted
from domain.requests import RunResult

RESULT = f"{DOMAIN}/result"
"""The annotation of the Job with the exit code and the masked last lines."""

RUNS = "app.kubernetes.io/component=run"
"""The label of the Jobs' pods."""

_LINES = 50
_LOG_LIMIT = 20_000
_PAUSE = 0.3
_RECORDER = "matinee-result"
_ENDED = "matinee: it was ended at its deadline"
_UNKNOWN = 1
_CANCELLED_WITHIN = 60.0
_KEPT = 3
"""Ended Jobs that a new one leaves: a worker that was frozen may still repeat the command before it, as the commands
that build a seed have one generation, and finds what came of it."""

_NEAR = 6.0  # Seconds before the deadline from which the log is read, as its pod, and with it the log, goes then.


@dataclass(frozen=True, kw_only=True)
class Commanding:
    """Runs commands in one preview. `mask` are the secrets that a command may write.

    `undoing` makes room for a command that begins.
    """

    api: Api
    rules: Rules
    now: Callable[[], datetime]
    mask: tuple[str, ...] = ()
    undoing: Undoing | None = None

    @property
    def user(self) -> str:
        """As whom Jobs are made and watched."""
        return deployer_of(self.rules)

    async def run(self, job: Thing, deadline: datetime, beat: Beat) -> RunResult:
        """How the command ended, whoever began it; PermanentError if it was removed while it ran or cannot start."""
        item = Item("batch/v1", "Job", job["metadata"]["name"])
        found = await once_bound(lambda: self._get(item)) or await self._begun(job, item, beat)
        written = ""
        while True:
            beat()
            if (known := _known(found)) is not None:
                return known
            pods = await self._pods(item)
            left = (deadline - self.now()).total_seconds()
            if end_of(found) or left < _NEAR:
                written = await self._log(pods) or written
            if end_of(found):
                await self._refuse_removed()
                return await self._concluded(found, pods, written)
            if left <= 0:
                return await self._overdue(item, written)
            await self._refuse_hopeless(found, pods)
            await asyncio.sleep(_PAUSE)
            found = await self._present(item)

    async def cancel(self, name: str) -> None:
        """Neither the Job nor a pod of it is there."""
        item = Item("batch/v1", "Job", name)
        try:
            await self.api.delete(item, self.rules.namespace, user=self.user)
            await self.api.delete_all("Pod", self.rules.namespace, labels=_selector(item), grace=1, user=self.user)
            async with asyncio.timeout(_CANCELLED_WITHIN):
                while await self._get(item) is not None or await self._pods(item):  # noqa: ASYNC110 - the cluster's
                    await asyncio.sleep(_PAUSE)
        except (AbsentError, DeniedError):
            return  # The whole preview is being removed, with the rights to look into it.
        except TimeoutError as error:
            raise TemporaryError(f"{name} is still there: {item}", reason=Reason.TEARDOWN_BLOCKED) from error

    async def busy(self) -> bool:
        """Whether any command runs."""
        return any(not end_of(job) for job in await self._jobs())

    async def _jobs(self) -> tuple[Thing, ...]:
        # A chart may label a Job of its own so.
        found = await self.api.list("batch/v1", "Job", self.rules.namespace, labels=RUNS, user=self.user)
        return tuple(job for job in found if text_of(at(job, "metadata", "name")).startswith(PREFIX))

    async def _begun(self, job: Thing, item: Item, beat: Beat) -> Thing:
        if self.undoing:
            await self.undoing.undo(beat)
        for older in outdated(await once_bound(self._jobs)):
            await self.api.delete(item_of(older), self.rules.namespace, uid=uid_of(older), user=self.user)
        try:
            return await once_bound(lambda: self.api.create(job, user=self.user))
        except ChangedError:
            return await self._present(item)  # Another worker was faster.

    async def _get(self, item: Item) -> Thing | None:
        found = await self.api.get(item, self.rules.namespace, user=self.user)
        return {"apiVersion": item.api, "kind": item.kind, **found} if found else None

    async def _present(self, item: Item) -> Thing:
        try:
            found = await self._get(item)
        except DeniedError:
            found = None
        if found is None or at(found, "metadata", "deletionTimestamp"):
            raise self._removed()
        return found

    async def _refuse_removed(self) -> None:
        """Returns unless the whole preview is being removed, which has ended the command as well."""
        namespace = await self.api.get(Item("v1", "Namespace", self.rules.namespace))
        if namespace is None or at(namespace, "metadata", "deletionTimestamp"):
            raise self._removed()

    def _removed(self) -> PermanentError:
        return PermanentError(
            f"the command was ended, because it or {self.rules.label} was removed while it ran",
            reason=Reason.PLATFORM_REFUSED,
        )

    async def _pods(self, item: Item) -> tuple[Thing, ...]:
        return await self.api.list("v1", "Pod", self.rules.namespace, labels=_selector(item), user=self.user)

    async def _log(self, pods: tuple[Thing, ...]) -> str:
        reading = Reading(api=self.api, rules=self.rules)
        texts = [await reading.container(pod["metadata"]["name"], "run", _LINES, mask=self.mask) for pod in pods]
        return masked("\n".join(filter(None, texts)), self.mask)[-_LOG_LIMIT:]

    async def _overdue(self, item: Item, log: str) -> RunResult:
        """The result of a command that its Job has not ended in time; nothing of it runs any more.

        A Job's deadline is counted from when its controller first saw it, which may be late. Without this the command
        would run on after its lease, until a beat of the activity tells that nobody wants it any more. A controller
        that is slow while no worker is there is the one way that is left for it to do so.
        """
        await self.cancel(item.name)
        return RunResult(exit_code=TIMED_OUT, log="\n".join(filter(None, (log, _ENDED))))

    async def _concluded(self, job: Thing, pods: tuple[Thing, ...], log: str) -> RunResult:
        """The result, which is kept with the Job."""
        code, words = _outcome(job, pods, Observation(now=self.now(), logs=_logs(pods, log)))
        result = RunResult(exit_code=code, log="\n".join(filter(None, (log, masked(words, self.mask)))))
        kept = {"exit_code": result.exit_code, "log": result.log}
        metadata = {"name": job["metadata"]["name"], "namespace": self.rules.namespace, "uid": job["metadata"]["uid"]}
        annotated = {"apiVersion": "batch/v1", "kind": "Job"}
        annotated |= {"metadata": {**metadata, "annotations": {RESULT: json.dumps(kept)}}}
        await self.api.apply(annotated, manager=_RECORDER, user=self.user)
        return result

    async def _refuse_hopeless(self, job: Thing, pods: tuple[Thing, ...]) -> None:
        """Returns unless the command will never start; then it is taken away and a PermanentError says why."""
        if any(at(one, "type") == "FailureTarget" for one in list_of(at(job, "status", "conditions"))):
            return  # It was started, and its end is told once its pods have ended.
        events = await self.api.list("v1", "Event", self.rules.namespace, user=self.user)
        seen = Observation(now=self.now(), objects=(job,), pods=pods, events=events)
        if judge(seen)[0].state is State.FAILED:
            secrets = (*self.mask, *await Reading(api=self.api, rules=self.rules).secrets())
            verdict = judge(hidden(seen, secrets))[0]
            await self.cancel(job["metadata"]["name"])
            words = f"the command could not be run: {verdict.cause}. {verdict.cure}"
            raise PermanentError(masked(words, secrets), reason=Reason.MIGRATION_FAILED)


def outdated(jobs: Iterable[Thing]) -> tuple[Thing, ...]:
    """Those that have ended, but for the newest few; the oldest first."""
    ended = [job for job in jobs if end_of(job)]
    return tuple(sorted(ended, key=lambda job: text_of(at(job, "metadata", "creationTimestamp")))[:-_KEPT])


def _selector(item: Item) -> str:
    return f"batch.kubernetes.io/job-name={item.name}"


def _known(job: Thing) -> RunResult | None:
    text = text_of(at(job, "metadata", "annotations", RESULT))
    return RunResult(**json.loads(text)) if text else None


def end_of(job: Thing) -> str:
    """The reason for which it has ended, empty while it has not."""
    ends = [one for one in list_of(at(job, "status", "conditions")) if at(one, "status") == "True"]
    found = [one for one in ends if at(one, "type") in ("Complete", "Failed")]
    return (text_of(at(found[0], "reason")) or "ended") if found else ""


def _logs(pods: tuple[Thing, ...], log: str) -> dict[str, str]:
    return {one.where: log for pod in pods for one in containers(pod)}


def _outcome(job: Thing, pods: tuple[Thing, ...], observation: Observation) -> tuple[int, str]:
    """The exit code, and what there is to say beside the log."""
    if end_of(job) == "DeadlineExceeded":
        return TIMED_OUT, _ENDED
    complete = [one for one in list_of(at(job, "status", "conditions")) if at(one, "type") == "Complete"]
    if any(at(one, "status") == "True" for one in complete):
        return 0, ""
    ended = [(pod, one) for pod in pods for one in containers(pod) if one.end]
    for pod, container in ended:
        why = interrupted(pod, container, observation)
        return container.end.code if container.end else _UNKNOWN, f"matinee: {why.cause}. {why.cure}" if why else ""
    return _UNKNOWN, "matinee: its pod was lost before anybody saw how it ended"
