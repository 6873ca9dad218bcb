"""Observing: what there is of a preview's objects at one time, for domain.readiness to judge."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from adapters.platforms.kubernetes.applying import deployer_of, labels_of
from adapters.platforms.kubernetes.hiding import hidden
from adapters.platforms.kubernetes.reading import Reading
from adapters.platforms.kubernetes.requesting import Api, Thing
from adapters.processes.masking import masked
from domain.errors import NotYet, PermanentError
from domain.manifests.inventory import Item, item_of
from domain.manifests.rules import Rules
from domain.phases import Reason
from domain.readiness import Observation, Readiness, State, judge, overall
from domain.readiness.explaining import failure, summary, unexplained

_LINES = 20


@dataclass(frozen=True, kw_only=True)
class Observing:
    """Observes one preview."""

    api: Api
    rules: Rules
    now: Callable[[], datetime]

    async def require_ready(self, items: Iterable[Item]) -> None:
        """Returns if all of these are ready; NotYet or PermanentError(SERVICE_FAILED) says in words what is not."""
        observation = await self.observation(items)
        if overall(judge(observation)) is State.READY:
            return
        secrets = await Reading(api=self.api, rules=self.rules).secrets()
        verdicts = sorted(judge(hidden(observation, secrets)), key=_urgency)
        if verdicts[0].state is State.FAILED:
            raise await self._failure(verdicts[0], secrets)
        raise NotYet(masked(summary(verdicts[0]), secrets))

    async def observation(self, items: Iterable[Item]) -> Observation:
        """What there is of these objects; a PermanentError names one that is not there."""
        wanted = tuple(items)
        found = await self._objects(wanted)
        # What is made by another is read after it, so that no part of a verdict is missing.
        made = [await self._all(api, kind) for api, kind in (("apps/v1", "ReplicaSet"), ("v1", "Pod"))]
        events = await self.api.list("v1", "Event", self.rules.namespace, user=deployer_of(self.rules))
        seen = Observation(now=self.now(), objects=found, replica_sets=made[0], pods=made[1], events=events)
        return replace(seen, logs=await self._logs(seen))

    async def _objects(self, wanted: tuple[Item, ...]) -> tuple[Thing, ...]:
        kinds = dict.fromkeys((item.api, item.kind) for item in wanted)
        listed = [one for api, kind in kinds for one in await self._all(api, kind)]
        found = {item_of(one): one for one in listed}
        missing = [item for item in wanted if item not in found]
        if missing:
            raise PermanentError(
                f"{missing[0].kind} {missing[0].name} is not there any more; somebody has removed it. Redeploy.",
                reason=Reason.SERVICE_FAILED,
            )
        return tuple(found[item] for item in wanted)

    async def _all(self, api: str, kind: str) -> tuple[Thing, ...]:
        user = deployer_of(self.rules)
        return await self.api.list(api, kind, self.rules.namespace, labels=labels_of(self.rules), user=user)

    async def _logs(self, observation: Observation) -> dict[str, str]:
        """The last lines of containers that have ended, as far as a verdict may need them."""
        reading = Reading(api=self.api, rules=self.rules)
        found = unexplained(observation)
        return {one.where: await reading.container(one.pod, one.name, _LINES, mask=()) for one in found}

    async def _failure(self, verdict: Readiness, secrets: tuple[str, ...]) -> PermanentError:
        log = ""
        if verdict.pod and verdict.container:
            reading = Reading(api=self.api, rules=self.rules)
            log = await reading.container(verdict.pod, verdict.container, _LINES, mask=secrets)
        return PermanentError(masked(failure(verdict, log), secrets), reason=Reason.SERVICE_FAILED)


def _urgency(verdict: Readiness) -> int:
    """What has failed is told before what is waited for."""
    return (State.FAILED, State.PROGRESSING, State.READY).index(verdict.state)
