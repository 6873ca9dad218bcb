"""Routes: whether the gateways that a route names have taken it, and whether a gateway has taken its listeners.

Source of the rules: the Gateway API's conditions, https://gateway-api.sigs.k8s.io/reference/spec/#routeparentstatus
and geps/gep-1364. kstatus does not look at `status.parents` and calls every route current. Controllers stop at a
refusal and look again only when something changes, so a refusal is final once its reason had time to pass.
"""

from collections.abc import Mapping

from domain.readiness import patience
from domain.readiness.conditions import ABSENT, Condition, conditions, is_current
from domain.readiness.fields import Thing, mapping, text, things, value
from domain.readiness.observations import Observation
from domain.readiness.verdicts import READY, Finding, failed, failed_if, name, progressing, quoted, worst

_CURES = {
    "NoMatchingListenerHostname": "Use a host name under the gateway's wildcard, or let the operator add a listener.",
    "NotAllowedByListeners": "The operator should let the gateway's listener take routes of this namespace and kind.",
    "NoMatchingParent": "Name a listener (sectionName) and a port that the gateway has.",
    "BackendNotFound": "Name a Service that the preview has, or add it.",
    "RefNotPermitted": "Refer to a Service of the preview itself; other namespaces are not allowed.",
    "InvalidKind": "Refer to a Service; the gateway supports no other kind of backend.",
    "UnsupportedProtocol": "Use a protocol for the Service's port that the gateway supports.",
}
_OTHER_CURE = "Correct the route as the gateway says."
_GATEWAY = ("Accepted", "Programmed")
_WAITING = frozenset({"Pending", "AddressNotAssigned", "WaitingForController"})


def route(thing: Thing, observation: Observation) -> Finding:
    """Ready when each gateway that it names has accepted it as it is now and found all its backends."""
    wanted = things(thing, "spec", "parentRefs")
    if not wanted:
        return failed("it names no gateway, so nothing leads to it", "Name the gateway in parentRefs.")
    found = [_attached(thing, parent, observation) for parent in wanted]
    return worst(each for each in found if each is not READY) or READY


def gateway(thing: Thing, observation: Observation) -> Finding:
    """Ready when its controller has accepted it and serves its listeners."""
    found = conditions(thing)
    troubles = [_troubled(thing, found.get(kind, ABSENT), "the gateway", observation) for kind in _GATEWAY]
    return worst(trouble for trouble in troubles if trouble) or READY


def _attached(thing: Thing, parent: Thing, observation: Observation) -> Finding:
    who = f"the gateway {name(text(parent, 'name'))}"
    entries = [each for each in things(thing, "status", "parents") if _same(thing, parent, each)]
    if not entries:
        cure = "Name a gateway that exists; the operator should see whether its controller runs."
        return failed_if(observation.age(thing) >= patience.NETWORK, f"{who} has not answered for it", cure)
    found = [_answer(thing, conditions(entry, "conditions"), who, observation) for entry in entries]
    return READY if READY in found else worst(found) or READY


def _answer(thing: Thing, found: Mapping[str, Condition], who: str, observation: Observation) -> Finding:
    resolved = found.get("ResolvedRefs")
    troubles = [
        _troubled(thing, found.get("Accepted", ABSENT), who, observation),
        _troubled(thing, resolved, who, observation) if resolved else None,
    ]
    return worst(trouble for trouble in troubles if trouble) or READY


def _troubled(thing: Thing, found: Condition, who: str, observation: Observation) -> Finding | None:
    if not is_current(found, thing) or not (found.is_true or found.is_false):
        return progressing(f"{who} has not answered for its newest version")
    if found.is_true:
        return None
    is_final = found.reason not in _WAITING and observation.seconds_since(found.since) >= patience.ROUTE
    cause = quoted(f"{who} refuses it: {found.words}")
    return failed_if(is_final, cause, _CURES.get(found.reason, _OTHER_CURE))


def _same(thing: Thing, wanted: Thing, entry: Thing) -> bool:
    """Whether a status entry answers for this parent."""
    return _identity(thing, wanted) == _identity(thing, mapping(entry, "parentRef"))


def _identity(thing: Thing, parent: Thing) -> tuple[object, ...]:
    """What tells one parent from another; a namespace that is left out is the route's own."""
    namespace = text(parent, "namespace") or text(thing, "metadata", "namespace")
    return text(parent, "name"), namespace, text(parent, "sectionName"), value(parent, "port")
