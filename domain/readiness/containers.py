"""Containers: what a pod says of each of its containers, put together from its spec and its status."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from domain.readiness.fields import Thing, instant, mapping, name_of, number, text, things, value

NOT_STARTED = frozenset({"StartError", "ContainerCannotRun", "RunContainerError"})
"""The reasons that the runtime gives when a container's program could not be started."""

_KINDS = (("initContainers", "initContainerStatuses"), ("containers", "containerStatuses"))


@dataclass(frozen=True, kw_only=True)
class End:
    """How a container ended: `code` is its exit code, above 128 that of a signal."""

    code: int
    reason: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Container:
    """One container of a pod as it is now.

    `end` is how it ended if it does not run, or how it ended before if it waits to be started again. `ends` counts
    all of them. `has_probe` says whether a readiness probe decides that it is ready.
    """

    name: str
    pod: str
    image: str
    is_init: bool
    waiting: str
    message: str
    is_ready: bool
    running_since: datetime | None
    end: End | None
    ends: int
    memory: str
    has_probe: bool
    probe: Thing

    @property
    def where(self) -> str:
        """The key of its log."""
        return f"{self.pod}/{self.name}"


def containers(pod: Thing) -> tuple[Container, ...]:
    """The containers that the kubelet has said something of, those that run before the others first."""
    return tuple(_containers(pod))


def _containers(pod: Thing) -> Iterator[Container]:
    for listed, told in _KINDS:
        specs = {text(spec, "name"): spec for spec in reversed(things(pod, "spec", listed))}
        for status in things(pod, "status", told):
            yield _read(name_of(pod), specs.get(text(status, "name"), {}), status, is_init=listed != "containers")


def _read(pod: str, spec: Thing, status: Thing, *, is_init: bool) -> Container:
    is_running = isinstance(value(status, "state", "running"), dict)
    ended = (_end(mapping(status, each, "terminated")) for each in ("state", "lastState"))
    end = next((each for each in ended if each), None) or _unstarted(mapping(status, "state", "waiting"))
    restarts = number(status, "restartCount")
    return Container(
        name=text(status, "name"),
        pod=pod,
        image=text(spec, "image") or text(status, "image"),
        is_init=is_init,
        waiting=text(status, "state", "waiting", "reason"),
        message=text(status, "state", "waiting", "message"),
        is_ready=value(status, "ready") is True,
        running_since=instant(status, "state", "running", "startedAt"),
        end=None if is_running else end,
        ends=restarts + (end is not None and not is_running),
        memory=text(spec, "resources", "limits", "memory"),
        has_probe=bool(mapping(spec, "readinessProbe")),
        probe=mapping(spec, "readinessProbe"),
    )


def _unstarted(waiting: Thing) -> End | None:
    """The end of a container that never began, in the moment before the runtime has said so."""
    reason = text(waiting, "reason")
    found = End(code=128, reason=reason, message=text(waiting, "message"))
    return found if reason in NOT_STARTED else None


def _end(terminated: Thing) -> End | None:
    if not terminated:
        return None
    return End(
        code=number(terminated, "exitCode"),
        reason=text(terminated, "reason"),
        message=text(terminated, "message"),
    )
