"""Explaining: whose last log lines a verdict may need, and what a failure says beside its cause.

Reading a log is a request of its own, so it is done for those pods alone that the verdict will be about. Events and
last lines explain different halves of a failure: what the cluster did, and what the program said.
"""

from collections.abc import Iterator

from domain.errors import MESSAGE_LIMIT
from domain.readiness.containers import Container, containers
from domain.readiness.fields import text
from domain.readiness.observations import Observation, pods_of
from domain.readiness.verdicts import Readiness

_ENDED_WELL = "Succeeded"
_EVENTS = 2
_EVENT_LIMIT = 160
_LEAST_LOG = 400
_TITLE = "\nIts last lines:\n"


def unexplained(observation: Observation) -> tuple[Container, ...]:
    """The containers that have ended, of the pods that the observed objects want now, unless all of a pod ended well.

    Only their logs say that a program is for another processor. Pods of older commands and revisions are left out.
    """
    return tuple({container.where: container for container in _ended(observation)}.values())


def summary(verdict: Readiness) -> str:
    """What is wrong with which object, and what cures it, in one line."""
    cure = f" {verdict.cure}" if verdict.cure else ""
    return f"{verdict.component}: {verdict.cause}.{cure}"


def failure(verdict: Readiness, log: str) -> str:
    """The summary, the cluster's last warnings and the last lines of the log, as far as a message has room for them.

    A long cause leaves no room for warnings, of which it mostly is one, but always some for the log.
    """
    words = summary(verdict)
    for event in verdict.events[-_EVENTS:]:
        line = f"\nThe cluster says: {_cut(event)}"
        words += line if len(words) + len(line) <= MESSAGE_LIMIT - _LEAST_LOG else ""
    room = MESSAGE_LIMIT - len(words) - len(_TITLE)
    return f"{words}{_TITLE}{_last(log, room)}" if log and room > 0 else words


def _ended(observation: Observation) -> Iterator[Container]:
    for thing in observation.objects:
        for pod in pods_of(thing, observation):
            found = containers(pod) if text(pod, "status", "phase") != _ENDED_WELL else ()
            yield from (container for container in found if container.ends)


def _cut(event: str) -> str:
    return event if len(event) <= _EVENT_LIMIT else f"{event[: _EVENT_LIMIT - 1]}…"


def _last(log: str, room: int) -> str:
    """As many whole lines at the end of the log as there is room for, or the end of the last one."""
    if len(log) <= room:
        return log
    end = log[-room:]
    _, newline, whole = end.partition("\n")
    return whole if newline and whole else end
