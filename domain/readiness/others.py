"""Others: kinds that are ready as they stand, definitions of kinds, and every kind that has a Ready condition.

Source of the rules: kstatus of kubernetes-sigs/cli-utils, `pkg/kstatus/status/core.go` and `checkReadyCondition`.
Beyond it, what cert-manager (https://cert-manager.io/docs/usage/certificate) and External Secrets
(https://external-secrets.io/latest/api/externalsecret) are known to write: they always have a Ready condition, so
its absence says that they have not looked yet, and some of their reasons are failures.
"""

from domain.readiness import patience
from domain.readiness.conditions import ABSENT, Condition, conditions, is_current
from domain.readiness.fields import Thing, group_kind, text
from domain.readiness.observations import Observation
from domain.readiness.verdicts import READY, Finding, failed, failed_if, progressing, quoted

_REPORTING = frozenset(
    {
        ("cert-manager.io", "Certificate"),
        ("cert-manager.io", "Issuer"),
        ("external-secrets.io", "ExternalSecret"),
        ("external-secrets.io", "SecretStore"),
    }
)
_FAILURES = {
    ("cert-manager.io", "Certificate", "Issuing", "Failed"): "See what the issuer says; the operator should look.",
    ("external-secrets.io", "ExternalSecret", "Ready", "SecretSyncedError"): (
        "Name a secret that the store has and that this preview may read."
    ),
    ("external-secrets.io", "SecretStore", "Ready", "InvalidProviderConfig"): "Correct the store's settings.",
}
"""Kind, condition and reason of what does not pass by itself; reasons differ by controller, so each is named."""


def ready_as_it_stands(_: Thing, __: Observation) -> Finding:
    """Ready, as no controller has anything to do before it can be used."""
    return READY


def service(thing: Thing, _: Observation) -> Finding:
    """Ready, but for one with a load balancer, which must have a cluster address first."""
    is_balanced = text(thing, "spec", "type") == "LoadBalancer"
    return progressing("it has no address yet") if is_balanced and not text(thing, "spec", "clusterIP") else READY


def kind_definition(thing: Thing, _: Observation) -> Finding:
    """Ready when the API server serves the kind; failed when another kind has its names."""
    found = conditions(thing)
    names, established = found.get("NamesAccepted", ABSENT), found.get("Established", ABSENT)
    cure = "Remove the definition that has the same names, or rename this one."
    if names.is_false:
        return failed(quoted(names.words), cure)
    if established.is_false and established.reason != "Installing":
        return failed(quoted(established.words), cure)
    return READY if established.is_true else progressing("the API server does not serve the kind yet")


def by_conditions(thing: Thing, observation: Observation) -> Finding:
    """What the Ready condition says; ready without one, unless the kind is known to have one."""
    found = conditions(thing)
    for kind, condition in found.items():
        cure = _FAILURES.get((*group_kind(thing), kind, condition.reason))
        if cure is not None and condition.is_false and is_current(condition, thing):
            is_final = observation.seconds_since(condition.since) >= patience.ROUTE
            return failed_if(is_final, quoted(condition.words), cure)
    if "Ready" not in found:
        is_silent = group_kind(thing) in _REPORTING
        return progressing("its controller has not looked at it yet") if is_silent else READY
    return _ready(thing, found["Ready"])


def _ready(thing: Thing, condition: Condition) -> Finding:
    is_ready = condition.is_true and is_current(condition, thing)
    return READY if is_ready else progressing(quoted(condition.words) or "its controller does not call it ready yet")
