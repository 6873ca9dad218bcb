"""Two moments of a cluster are compared so that nothing of an installation is missed, and others may live on."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from tests.cluster.simulating import LABEL
from tests.whole.lasting import Objects, Place
from tests.whole.listing import differences

OWN = "chart-1a2b3c"
PREVIEW = f"{OWN}-p-shop-1"
OTHERS = "chart-9f8e7d-p-shop-12"
Moments = Mapping[str, tuple[Sequence[dict[str, Any]], Sequence[dict[str, Any]]]]
"""What was there and what is there, by what is to be said of it."""

TIMES = ("2026-01-01T00:00:00Z", "2026-01-01T00:09:00Z")


def thing(kind: str, place: str, name: str, /, uid: str = "", owner: str = "", **content: Any) -> dict[str, Any]:
    """An object as the API server tells it, below a controller of this id if there is one."""
    owners = [{"uid": owner, "controller": True}] if owner else []
    metadata = {"name": name, "uid": uid or name, "ownerReferences": owners} | content.pop("metadata", {})
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata | ({"namespace": place} if place else {}), **content}


def listed(*objects: dict[str, Any]) -> Objects:
    """These, beside the namespaces of an installation and of another one's preview."""
    spaces = [] if any(one["kind"] == "Namespace" for one in objects) else [namespace(OWN), namespace(OTHERS)]
    everything = [*spaces, *objects]
    return {
        Place(f"v1 {one['kind']}", one["metadata"].get("namespace", ""), one["metadata"]["name"]): one
        for one in everything
    }


def namespace(name: str, **metadata: Any) -> dict[str, Any]:
    """A namespace."""
    return thing("Namespace", "", name, metadata=metadata)


def waiting(message: str = "", *, place: str = OTHERS, node: str = "", owner: str = "", name: str = "pod") -> Any:
    """A pod that the scheduler says this of."""
    conditions = [{"type": "PodScheduled", "status": "True" if node else "False", "message": message}]
    return thing("Pod", place, name, owner=owner, spec={"nodeName": node}, status={"conditions": conditions})


def scaled(replicas: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """A Deployment of somebody else and its autoscaler."""
    target = {"kind": "Deployment", "name": "web"}
    autoscaler = thing("HorizontalPodAutoscaler", OTHERS, "web", spec={"scaleTargetRef": target})
    return thing("Deployment", OTHERS, "web", spec={"replicas": replicas}), autoscaler


def certificate(data: str) -> dict[str, Any]:
    """The Secret of a Certificate of somebody else."""
    metadata = {"annotations": {"cert-manager.io/certificate-name": "wildcard"}}
    return thing("Secret", OTHERS, "wildcard", data={"tls.crt": data}, metadata=metadata)


def node(*taints: str, name: str = "node", time: str = TIMES[0], **labels: str) -> dict[str, Any]:
    """A node with these taints that told of itself at this time."""
    annotations = {"node.alpha.kubernetes.io/ttl": str(len(taints))}
    specification = {"taints": [{"key": taint} for taint in taints]}
    metadata = {"annotations": annotations, "labels": labels}
    return thing("Node", "", name, spec=specification, status={"heard": time}, metadata=metadata)


def job(place: str = OTHERS) -> dict[str, Any]:
    """A Job that goes by itself after its end."""
    return thing("Job", place, "job", spec={"ttlSecondsAfterFinished": 60})


BY_ITSELF: Moments = {
    "a pod waits for another reason": ([waiting("0/1 nodes")], [waiting("0/3 nodes")]),
    "a pod is given a node": ([waiting()], [waiting(node="node")]),
    "a Job tries again": (
        [job(), waiting(owner="job", name="first")],
        [job(), waiting(owner="job", name="second")],
    ),
    "a Job goes after its end, and its pod a moment later": ([job(), waiting(owner="job")], [waiting(owner="job")]),
    "a namespace that is being removed goes": (
        [namespace(OWN), namespace(OTHERS, deletionTimestamp=TIMES[0]), thing("ConfigMap", OTHERS, "one")],
        [namespace(OWN)],
    ),
    "a namespace goes between two lists": ([thing("ConfigMap", "gone", "one")], []),
    "an object that is being removed goes": (
        [thing("ConfigMap", OTHERS, "one", metadata={"deletionTimestamp": TIMES[0]})],
        [],
    ),
    "the address of a Service goes after it": (
        [thing("IPAddress", "", "10.96.0.7", spec={"parentRef": {"namespace": OTHERS}})],
        [],
    ),
    "a node is short of memory": ([node()], [node("node.kubernetes.io/memory-pressure", time="never")]),
    "a node is played for a while": ([node()], [node(), node(name="simulated-0", **LABEL)]),
    "a pod of a Service is not ready": (
        [thing("Endpoints", OTHERS, "web", subsets=[{"addresses": ["10.88.0.7"]}])],
        [thing("Endpoints", OTHERS, "web", subsets=[])],
    ),
    "an autoscaler scales": ([*scaled(1)], [*scaled(3)]),
    "a certificate is renewed": ([certificate("old")], [certificate("new")]),
    "a rollout is numbered": (
        [thing("Deployment", OTHERS, "web")],
        [thing("Deployment", OTHERS, "web", metadata={"annotations": {"deployment.kubernetes.io/revision": "1"}})],
    ),
    "a controller writes a version and a time into the installation's own": (
        [thing("Deployment", OWN, "one", status={"observedGeneration": 1, "at": TIMES[0]})],
        [thing("Deployment", OWN, "one", status={"observedGeneration": 2, "at": TIMES[1]})],
    ),
}

BY_SOMEBODY: Moments = {
    "came: v1 ConfigMap chart-9f8e7d-p-shop-12 one": ([], [thing("ConfigMap", OTHERS, "one")]),
    "went: v1 ConfigMap chart-9f8e7d-p-shop-12 one": ([thing("ConfigMap", OTHERS, "one")], []),
    "went: v1 Namespace  chart-9f8e7d-p-shop-12": (
        [namespace(OTHERS)],
        [namespace(OTHERS, deletionTimestamp=TIMES[0])],
    ),
    "came: v1 Pod chart-9f8e7d-p-shop-12 pod": ([], [waiting(owner="nobody's")]),
    "changed: v1 ConfigMap chart-9f8e7d-p-shop-12 one: .metadata.labels: None -> {'a': 'b'}": (
        [thing("ConfigMap", OTHERS, "one")],
        [thing("ConfigMap", OTHERS, "one", metadata={"labels": {"a": "b"}})],
    ),
    "changed: v1 ConfigMap chart-9f8e7d-p-shop-12 one: .metadata.uid: first -> second": (
        [thing("ConfigMap", OTHERS, "one", uid="first")],
        [thing("ConfigMap", OTHERS, "one", uid="second")],
    ),
    "changed: v1 Deployment chart-9f8e7d-p-shop-12 web: .spec.replicas: 1 -> 3": (
        [thing("Deployment", OTHERS, "web", spec={"replicas": 1})],
        [thing("Deployment", OTHERS, "web", spec={"replicas": 3})],
    ),
    "changed: v1 Node  node: .spec.taints: [] -> [{'key': 'own'}]": ([node()], [node("own")]),
    "changed: v1 Secret chart-9f8e7d-p-shop-12 one: .data.token": (
        [thing("Secret", OTHERS, "one", data={"token": "old"})],
        [thing("Secret", OTHERS, "one", data={"token": "new"})],
    ),
    f"came: v1 Namespace  {PREVIEW}": (
        [namespace(OTHERS)],
        [namespace(OTHERS), namespace(PREVIEW, deletionTimestamp=TIMES[0])],
    ),
    f"came: v1 Pod {PREVIEW} pod": ([], [waiting(place=PREVIEW, owner="a")]),
    f"came: v1 IPAddress  {PREVIEW}": (
        [],
        [thing("IPAddress", "", PREVIEW, spec={"parentRef": {"namespace": PREVIEW}})],
    ),
    f"went: v1 Job {OWN} job": ([job(OWN)], []),
    "came: v1 Thing  somewhere": (
        [],
        [thing("Thing", "", "somewhere", metadata={"labels": {"matinee.dev/installation": OWN}})],
    ),
    f"changed: v1 Deployment {OWN} one: .spec.replicas: 1 -> 2": (
        [thing("Deployment", OWN, "one", spec={"replicas": 1})],
        [thing("Deployment", OWN, "one", spec={"replicas": 2})],
    ),
    f"status: v1 Gateway {OWN} preview: .status.attachedRoutes: 0 -> 1": (
        [thing("Gateway", OWN, "preview", status={"attachedRoutes": 0})],
        [thing("Gateway", OWN, "preview", status={"attachedRoutes": 1})],
    ),
}


@pytest.mark.parametrize("what", BY_ITSELF)
def test_what_changes_by_itself_is_no_difference(what: str) -> None:
    """A comparison does not fail because of what the cluster does with things of other tests."""
    before, after = BY_ITSELF[what]

    assert differences(listed(*before), listed(*after), own=OWN) == []


@pytest.mark.parametrize("what", BY_SOMEBODY)
def test_what_somebody_did_is_told(what: str) -> None:
    """Nothing comes, goes or changes unseen, and of the installation itself not even a status."""
    before, after = BY_SOMEBODY[what]

    assert differences(listed(*before), listed(*after), own=OWN) == [what]
