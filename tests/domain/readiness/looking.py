"""Looking: the verdict on one object of a test, with all that was seen beside it."""

from typing import Any

from domain.readiness import Observation, Readiness, judge
from tests.domain.readiness.objects import NOW, Json


def look(thing: Json, **seen: Any) -> Readiness:
    """The verdict on the object at NOW."""
    (verdict,) = judge(Observation(now=NOW, objects=(thing,), **seen))
    return verdict
