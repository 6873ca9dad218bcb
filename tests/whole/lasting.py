"""Lasting: what of a cluster's objects is the same at two moments between which nobody asked for anything.

A cluster works on by itself, in a run of many tests on what others left there: pods get other conditions, Jobs try
again, certificates are renewed, nodes are played and end. So of others only what somebody asked for is looked at, and
of the installation in question everything.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from domain.manifests.shapes import at, list_of, mapping_of, text_of
from tests.cluster.simulating import LABEL


class Place(NamedTuple):
    """Where an object is; the kind has its API before it, and what belongs to no namespace has an empty one."""

    kind: str
    namespace: str
    name: str


Objects = Mapping[Place, Any]
"""What is there."""

_VERSIONS = {"resourceVersion", "managedFields", "observedGeneration", "generation"}
_STATUS = {"status", "endpoints", "subsets"}
"""Where controllers write what they see; endpoints say which pods are ready."""

_MARKS = ("matinee.dev/installation", "app.kubernetes.io/instance")
_BY_CONTROLLERS = ("deployment.kubernetes.io/", "node.alpha.kubernetes.io/")
"""How annotations begin that only controllers write."""

_CERTIFICATE = "cert-manager.io/certificate-name"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*Z")


@dataclass(frozen=True)
class Lasting:
    """What of one object lasts: what was asked for, and, of an installation's own, what became of it."""

    wanted: Any
    status: Any


def lasting(objects: Objects, *, own: str, known: frozenset[str]) -> dict[Place, Lasting]:
    """What of these lasts, without the objects that come and go by themselves; `own` is the installation looked at.

    `known` are the unmistakable ids of what was there at either moment: an owner that is not among them is made up.
    """
    present = {name for (kind, _, name), one in objects.items() if kind == "v1 Namespace" and not _ends(one)}
    scaled = frozenset(_scaled(objects.values()))
    return {
        key: _whole(one) if is_own(one, own) else _asked(one, scaled)
        for key, one in objects.items()
        if is_own(one, own) or (key[1] in {"", *present} and not _passes(one, known))
    }


def ids(objects: Objects) -> frozenset[str]:
    """The unmistakable ids of these."""
    return frozenset(text_of(at(one, "metadata", "uid")) for one in objects.values())


def is_own(one: Any, own: str) -> bool:
    """Whether the object carries this installation, by a mark, or by its name or namespace, which begin with it."""
    metadata = mapping_of(one["metadata"])
    marks = {at(metadata, "labels", mark) for mark in _MARKS}
    # The address of a Service is an object of no namespace, which says whose it is.
    places = (metadata.get("name"), metadata.get("namespace"), at(one, "spec", "parentRef", "namespace"))
    return own in marks or any(place == own or text_of(place).startswith(f"{own}-") for place in places)


def may_go(one: Any) -> bool:
    """Whether the cluster takes it away by itself: a Job that says how long it stays after its end."""
    return one["kind"] == "Job" and at(one, "spec", "ttlSecondsAfterFinished") is not None


def _ends(one: Any) -> bool:
    """Whether it is being removed already."""
    return bool(at(one, "metadata", "deletionTimestamp"))


def _passes(one: Any, known: frozenset[str]) -> bool:
    """Whether an object of others may come and go: it is on its way out, or the cluster makes it of another object.

    What it is made of is compared itself: the Deployment for its pods, the Service for its address.
    """
    owners = {text_of(at(each, "uid")) for each in list_of(at(one, "metadata", "ownerReferences")) if _controls(each)}
    simulated = one["kind"] == "Node" and LABEL.items() <= mapping_of(at(one, "metadata", "labels")).items()
    return _ends(one) or bool(owners & known) or one["kind"] == "IPAddress" or simulated


def _controls(owner: Any) -> bool:
    return at(owner, "controller") is True


def _whole(one: Any) -> Lasting:
    """Everything of an object, its status apart, which the cluster may need a moment to write."""
    content = timeless(one)
    status = {key: value for key, value in content.items() if key in _STATUS}
    if one["kind"] == "Pod":
        # The scheduler counts the nodes in it, and others play nodes for a while.
        conditions = [mapping_of(each) for each in list_of(at(status, "status", "conditions"))]
        status["status"] = {**status["status"], "conditions": [{**each, "message": ""} for each in conditions]}
    return Lasting({key: value for key, value in content.items() if key not in _STATUS}, status)


def _asked(one: Any, scaled: frozenset[tuple[str, str, str]]) -> Lasting:
    """What somebody asked for in an object of others, without what the cluster writes beside it."""
    content = mapping_of(_whole(one).wanted)
    metadata, specification = mapping_of(content["metadata"]), mapping_of(content.get("spec"))
    annotations = mapping_of(metadata.get("annotations"))
    kept = {key: value for key, value in annotations.items() if not key.startswith(_BY_CONTROLLERS)}
    left_out: set[str] = set()
    match one["kind"]:
        case "Pod":
            left_out = {"nodeName"}
        case "Node":
            taints = list_of(specification.get("taints"))
            specification["taints"] = [each for each in taints if not each["key"].startswith("node.kubernetes.io/")]
        case "Secret" if _CERTIFICATE in annotations:
            # It is renewed in time, and what it certifies stands in its Certificate.
            content["data"] = sorted(mapping_of(content.get("data")))
        case kind if (kind, text_of(metadata.get("namespace")), metadata["name"]) in scaled:
            left_out = {"replicas"}
        case _:
            pass
    content["metadata"] = {**metadata, "annotations": kept}
    content["spec"] = {key: value for key, value in specification.items() if key not in left_out}
    return Lasting(content, None)


def _scaled(objects: Iterable[Any]) -> Iterable[tuple[str, str, str]]:
    """What autoscalers give another number of replicas, by kind, namespace and name."""
    for one in objects:
        target = mapping_of(at(one, "spec", "scaleTargetRef"))
        if one["kind"] == "HorizontalPodAutoscaler":
            yield target["kind"], one["metadata"]["namespace"], target["name"]


def timeless(value: Any) -> Any:
    """The same without versions, and with every time made one."""
    if isinstance(value, dict):
        return {key: timeless(each) for key, each in mapping_of(value).items() if key not in _VERSIONS}
    if isinstance(value, list):
        return [timeless(each) for each in list_of(value)]
    return "(a time)" if isinstance(value, str) and _TIME.fullmatch(value) else value
