"""Rejections: pods that a node has refused or evicted before their containers could do anything.

Source: https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/ and the kubelet's admission
reasons (Evicted, OutOfcpu, NodeAffinity, SysctlForbidden, UnexpectedAdmissionError, Preempting). The controller makes
another pod, which may find a better node; after some, the next will fare no better.
"""

from domain.readiness import patience
from domain.readiness.fields import Thing, text
from domain.readiness.observations import owner_kind
from domain.readiness.verdicts import Finding, failed_if, quoted


def rejection(pods: tuple[Thing, ...]) -> Finding | None:
    """Why nodes rejected pods, None if none did."""
    rejected = [pod for pod in pods if _is_rejected(pod)]
    if not rejected:
        return None
    last = rejected[-1]
    said = text(last, "status", "message") or text(last, "status", "reason")
    cause = quoted(f"a node rejected its pod: {text(last, 'status', 'reason')}: {said}")
    return failed_if(
        len(rejected) >= patience.REJECTIONS, cause, "Ask for less, or let the operator look at the nodes."
    )


def _is_rejected(pod: Thing) -> bool:
    """Whether a node ended the pod. One without a controller speaks for itself; its own deadline is no rejection."""
    is_ended = text(pod, "status", "phase") == "Failed" and bool(owner_kind(pod))
    return is_ended and text(pod, "status", "reason") not in ("", "DeadlineExceeded")
