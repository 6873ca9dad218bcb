"""Conditions: what controllers say of their objects, in the form that Kubernetes' API conventions fix."""

from dataclasses import dataclass
from datetime import datetime

from domain.readiness.fields import Thing, instant, number, text, things


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One condition. `generation` is None where the controller does not say of which generation it speaks."""

    status: str = ""
    reason: str = ""
    message: str = ""
    since: datetime | None = None
    generation: int | None = None

    @property
    def is_true(self) -> bool:
        """Whether it holds; neither False nor Unknown does."""
        return self.status == "True"

    @property
    def is_false(self) -> bool:
        """Whether it is said not to hold; Unknown says nothing."""
        return self.status == "False"

    @property
    def words(self) -> str:
        """The message, or the reason of those who give no message."""
        return self.message or self.reason


ABSENT = Condition()
"""Stands for a condition that nobody has written: neither true nor false."""


def conditions(thing: Thing, *path: str) -> dict[str, Condition]:
    """The conditions at the path, `status.conditions` if none is given, by their types."""
    listed = things(thing, *(path or ("status", "conditions")))
    return {text(entry, "type"): _read(entry) for entry in reversed(listed)}


def condition(thing: Thing, kind: str) -> Condition:
    """The object's condition of this type, ABSENT without one."""
    return conditions(thing).get(kind, ABSENT)


def is_current(found: Condition, thing: Thing) -> bool:
    """Whether a condition speaks of the object as it is now, as far as it says."""
    return found.generation in (None, number(thing, "metadata", "generation"))


def _read(entry: Thing) -> Condition:
    generation = number(entry, "observedGeneration", default=-1)
    return Condition(
        status=text(entry, "status"),
        reason=text(entry, "reason"),
        message=text(entry, "message"),
        since=instant(entry, "lastTransitionTime"),
        generation=None if generation < 0 else generation,
    )
