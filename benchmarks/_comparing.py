"""Comparing: what a rollout came to, beside what the plain script came to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from benchmarks._measuring import say, spread, told
from domain.names import Key
from domain.phases import StepName
from domain.reports import Report, Step

SHARE_OF_SCRIPT = 0.7


@dataclass(frozen=True, kw_only=True)
class Rollout:
    """A rollout that ended well: seconds from the push until the URLs answered, and its checklist."""

    key: Key
    wall: float
    steps: tuple[Step, ...]

    def lasted(self, *names: StepName) -> float:
        """Seconds from the beginning of the first of these steps to the end of the last."""
        steps = [step for step in self.steps if step.name in names]
        began = min(step.began_at for step in steps if step.began_at)
        return (max(step.ended_at for step in steps if step.ended_at) - began).total_seconds()


def rollout_of(report: Report, pushed_at: datetime) -> Rollout:
    """What the report of a ready preview tells of its rollout."""
    ended = max(step.ended_at for step in report.steps if step.ended_at)
    return Rollout(key=report.key, wall=(ended - pushed_at).total_seconds(), steps=report.steps)


def tell_comparison(pairs: Sequence[tuple[dict[StepName, float], Rollout]]) -> None:
    """The whole, and apart from it what does not depend on each other: both images and the branching, both probes."""
    alone = [(sum(script.values()), rollout.wall) for script, rollout in pairs]
    independent = [
        (
            script[StepName.IMAGE] + script[StepName.DATABASE] + script[StepName.URL],
            rollout.lasted(StepName.IMAGE, StepName.DATABASE) + rollout.lasted(StepName.URL),
        )
        for script, rollout in pairs
    ]
    for name, both in (("whole", alone), ("independent steps", independent)):
        say(f"{name}: script {spread([one for one, _ in both])} s, rollout {spread([other for _, other in both])} s")
        told(f"{name}, rollout to script", [other / one for one, other in both], SHARE_OF_SCRIPT)
