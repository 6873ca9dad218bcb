"""Preconditions: what holds an object of any kind up, before its own kind is asked.

Source of the rules: kstatus of kubernetes-sigs/cli-utils, `pkg/kstatus/README.md` and `checkGenericProperties`.
Beyond it, kinds whose controllers always write `observedGeneration` must have written it: without, what stands in
their status is nobody's word on what was applied.
"""

from domain.readiness.conditions import ABSENT, conditions
from domain.readiness.fields import Thing, group_kind, number, text, texts, value
from domain.readiness.verdicts import Finding, failed, progressing, quoted

OBSERVED = frozenset(
    {
        ("apps", "Deployment"),
        ("apps", "ReplicaSet"),
        ("apps", "StatefulSet"),
        ("apps", "DaemonSet"),
        ("policy", "PodDisruptionBudget"),
    }
)
"""Kinds whose status counts only once its controller has said of which generation it speaks."""


def hindrance(thing: Thing) -> Finding | None:
    """Why nothing else of the object needs to be looked at, None if nothing is in the way."""
    found = conditions(thing)
    stalled, reconciling = found.get("Stalled", ABSENT), found.get("Reconciling", ABSENT)
    if text(thing, "metadata", "deletionTimestamp"):
        return progressing(_ending(thing))
    if not _is_observed(thing):
        return progressing("its controller has not looked at the newest version yet")
    if reconciling.is_true:
        return progressing(quoted(reconciling.words))
    if stalled.is_true:
        return failed(quoted(stalled.words), "Correct what its controller complains of.")
    return None


def _is_observed(thing: Thing) -> bool:
    generation, observed = value(thing, "metadata", "generation"), value(thing, "status", "observedGeneration")
    if group_kind(thing) in OBSERVED:
        return number(thing, "metadata", "generation", default=-1) == number(
            thing, "status", "observedGeneration", default=-2
        )
    return generation is None or observed is None or generation == observed


def _ending(thing: Thing) -> str:
    held = ", ".join(texts(thing, "metadata", "finalizers"))
    return quoted(f"it is being deleted and waits for {held}" if held else "it is being deleted")
