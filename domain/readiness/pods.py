"""Pods: whether a pod that stands for itself is ready.

Source of the rules: kstatus of kubernetes-sigs/cli-utils, `pkg/kstatus/status/core.go`, with one difference: there
a pod that has failed is current, as nothing more will happen to it; here it has failed.
"""

from domain.readiness.conditions import condition
from domain.readiness.fields import Thing, text
from domain.readiness.observations import Observation
from domain.readiness.verdicts import READY, Finding, failed, progressing, quoted

_WAITING = {
    "": "no node has taken it yet",
    "Pending": "its containers have not been started yet",
    "Running": "its containers run and are not ready yet",
}


def pod(thing: Thing, _: Observation) -> Finding:
    """Ready when it is, or when it has ended well; failed when it has ended otherwise."""
    phase = text(thing, "status", "phase")
    if phase == "Succeeded" or (phase == "Running" and condition(thing, "Ready").is_true):
        return READY
    if phase == "Failed":
        said = text(thing, "status", "message") or text(thing, "status", "reason")
        return failed(quoted(f"it has failed: {said}" if said else "it has failed"), "Correct what its log says.")
    return progressing(_WAITING.get(phase, "the node that runs it does not answer"))
