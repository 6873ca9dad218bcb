"""Objects in the shape in which a Kubernetes 1.34 API server returns them, for the tests of readiness.

Every builder gives a plain dict; `over` lays changes over a copy of one, so that a test shows only what matters to it.
"""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any, cast

NOW = datetime(2026, 3, 2, 12, 10, tzinfo=UTC)
"""When the tests look."""

IMAGE = "registry.example/acme/shop@sha256:" + "3f" * 32

Json = dict[str, Any]


def ago(seconds: float) -> str:
    """The time so many seconds before NOW, as the API server writes it."""
    return (NOW - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def over(thing: Json, changes: Json) -> Json:
    """A copy of the object with these changes; mappings are merged, all else is replaced, None takes a field away."""
    result = deepcopy(thing)
    for name, changed in changes.items():
        if changed is None:
            result.pop(name, None)
        elif isinstance(changed, dict) and isinstance(result.get(name), dict):
            result[name] = over(cast(Json, result[name]), cast(Json, changed))
        else:
            result[name] = deepcopy(cast(object, changed))
    return result


def metadata(name: str, uid: str, *, owner: Json | None = None, age: float = 8, labels: Json | None = None) -> Json:
    """Metadata with its uid, generation and managed fields; owned by `owner` if one is given."""
    made: Json = {
        "name": name,
        "namespace": "shop-12",
        "uid": uid,
        "resourceVersion": "1042",
        "generation": 1,
        "creationTimestamp": ago(age),
        "labels": {"app.kubernetes.io/name": "web", **(labels or {})},
        "managedFields": [
            {
                "manager": "matinee",
                "operation": "Apply",
                "apiVersion": "v1",
                "time": ago(age),
                "fieldsType": "FieldsV1",
            },
            {
                "manager": "kube-controller-manager",
                "operation": "Update",
                "apiVersion": "v1",
                "time": ago(0),
                "fieldsType": "FieldsV1",
                "subresource": "status",
            },
        ],
    }
    if owner is not None:
        made["ownerReferences"] = [
            {
                "apiVersion": owner["apiVersion"],
                "kind": owner["kind"],
                "name": owner["metadata"]["name"],
                "uid": owner["metadata"]["uid"],
                "controller": True,
                "blockOwnerDeletion": True,
            }
        ]
    return made


def condition(kind: str, status: str, reason: str = "", message: str = "", **more: Any) -> Json:
    """One condition, which became so 8 seconds ago."""
    made = {"type": kind, "status": status, "reason": reason, "message": message, "lastTransitionTime": ago(8)}
    return made | more


def template(**container: Any) -> Json:
    """A pod's template with one container, `web`."""
    web = {
        "name": "web",
        "image": IMAGE,
        "imagePullPolicy": "IfNotPresent",
        "ports": [{"containerPort": 8080, "protocol": "TCP"}],
        "resources": {
            "limits": {"cpu": "500m", "memory": "512Mi"},
            "requests": {"cpu": "500m", "memory": "512Mi"},
        },
        "readinessProbe": {
            "httpGet": {"path": "/health", "port": 8080, "scheme": "HTTP"},
            "timeoutSeconds": 1,
            "periodSeconds": 2,
            "successThreshold": 1,
            "failureThreshold": 3,
        },
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
    }
    return {
        "metadata": {"labels": {"app.kubernetes.io/name": "web"}},
        "spec": {
            "containers": [web | container],
            "restartPolicy": "Always",
            "terminationGracePeriodSeconds": 30,
            "dnsPolicy": "ClusterFirst",
            "schedulerName": "default-scheduler",
        },
    }


def deployment(**status: Any) -> Json:
    """A Deployment of one pod that is ready, but for the status that is given."""
    made = metadata("web", "uid-deployment") | {"annotations": {"deployment.kubernetes.io/revision": "1"}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": made,
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"app.kubernetes.io/name": "web"}},
            "template": template(),
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"}},
            "revisionHistoryLimit": 10,
            "progressDeadlineSeconds": 600,
        },
        "status": {
            "observedGeneration": 1,
            "replicas": 1,
            "updatedReplicas": 1,
            "readyReplicas": 1,
            "availableReplicas": 1,
            "conditions": [
                condition("Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability."),
                condition("Progressing", "True", "NewReplicaSetAvailable", 'ReplicaSet "web-7d4b9" has progressed.'),
            ],
        }
        | status,
    }


UNREADY = {"readyReplicas": None, "availableReplicas": None, "unavailableReplicas": 1}


def coming() -> Json:
    """A Deployment whose only pod is there and not ready."""
    conditions = [
        condition("Available", "False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability."),
        condition("Progressing", "True", "ReplicaSetUpdated", 'ReplicaSet "web-7d4b9" is progressing.'),
    ]
    return over(deployment(), {"status": {**UNREADY, "conditions": conditions}})


def replica_set(owner: Json, revision: str = "1", name: str = "web-7d4b9", **status: Any) -> Json:
    """The Deployment's ReplicaSet of a revision, with its one pod."""
    made = metadata(name, f"uid-{name}", owner=owner, labels={"pod-template-hash": name[4:]})
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": made | {"annotations": {"deployment.kubernetes.io/revision": revision}},
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app.kubernetes.io/name": "web"}}, "template": template()},
        "status": {
            "replicas": 1,
            "fullyLabeledReplicas": 1,
            "readyReplicas": 1,
            "availableReplicas": 1,
            "observedGeneration": 1,
        }
        | status,
    }


def stateful_set(**status: Any) -> Json:
    """A StatefulSet of two pods that are ready."""
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": metadata("data", "uid-stateful"),
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app.kubernetes.io/name": "web"}},
            "serviceName": "data",
            "template": template(),
            "podManagementPolicy": "OrderedReady",
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}},
        },
        "status": {
            "observedGeneration": 1,
            "replicas": 2,
            "readyReplicas": 2,
            "currentReplicas": 2,
            "updatedReplicas": 2,
            "availableReplicas": 2,
            "currentRevision": "data-6c5",
            "updateRevision": "data-6c5",
            "collisionCount": 0,
        }
        | status,
    }


def daemon_set(**status: Any) -> Json:
    """A DaemonSet that is ready on its three nodes."""
    made = metadata("agent", "uid-daemon") | {"annotations": {"deprecated.daemonset.template.generation": "1"}}
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": made,
        "spec": {"selector": {"matchLabels": {"app.kubernetes.io/name": "web"}}, "template": template()},
        "status": {
            "currentNumberScheduled": 3,
            "numberMisscheduled": 0,
            "desiredNumberScheduled": 3,
            "numberReady": 3,
            "observedGeneration": 1,
            "updatedNumberScheduled": 3,
            "numberAvailable": 3,
        }
        | status,
    }


def job(**status: Any) -> Json:
    """A Job that has been made and has no status but the one that is given."""
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": metadata("migrate", "uid-job"),
        "spec": {
            "parallelism": 1,
            "completions": 1,
            "backoffLimit": 2,
            "activeDeadlineSeconds": 300,
            "completionMode": "NonIndexed",
            "suspend": False,
            "podReplacementPolicy": "TerminatingOrFailed",
            "template": over(template(readinessProbe=None), {"spec": {"restartPolicy": "Never"}}),
        },
        "status": status,
    }


def pod(owner: Json | None, name: str = "web-7d4b9-x2k8q", *, age: float = 8, **state: Any) -> Json:
    """A pod that is placed; `state` is laid over its container's status, which waits to be created."""
    container = {
        "name": "web",
        "image": IMAGE,
        "imageID": "",
        "started": False,
        "ready": False,
        "restartCount": 0,
        "state": {"waiting": {"reason": "ContainerCreating"}},
        "lastState": {},
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata(name, f"uid-{name}", owner=owner, age=age),
        "spec": template()["spec"] | {"nodeName": "node-1"},
        "status": {
            "phase": "Pending",
            "observedGeneration": 1,
            "conditions": [
                condition("PodScheduled", "True"),
                condition("Initialized", "True"),
                condition("Ready", "False", "ContainersNotReady", "containers with unready status: [web]"),
            ],
            "hostIP": "10.0.0.5",
            "startTime": ago(age),
            "containerStatuses": [container | state],
            "qosClass": "Guaranteed",
        },
    }


def waiting(reason: str, message: str = "") -> Json:
    """The state of a container that waits."""
    return {"waiting": {"reason": reason, "message": message}}


def terminated(code: int, reason: str = "Error", message: str | None = None) -> Json:
    """The state of a container that has ended."""
    ended = {
        "exitCode": code,
        "reason": reason,
        "startedAt": ago(6),
        "finishedAt": ago(5),
        "containerID": "containerd://1",
    }
    return {"terminated": ended | ({"message": message} if message else {})}


def running(seconds: float) -> Json:
    """The state of a container that has run for so long."""
    return {"running": {"startedAt": ago(seconds)}}


def event(thing: Json, reason: str, message: str, *, seconds: float = 3, count: int = 1, **more: Any) -> Json:
    """A warning about the object, last seen so many seconds ago, as core/v1 has it."""
    meta = cast(Json, thing["metadata"])
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"{meta['name']}.18a{reason}", "namespace": "shop-12", "creationTimestamp": ago(seconds)},
        "involvedObject": {"kind": thing["kind"], "name": meta["name"], "namespace": "shop-12", "uid": meta["uid"]},
        "reason": reason,
        "message": message,
        "source": {"component": "kubelet", "host": "node-1"},
        "firstTimestamp": ago(seconds),
        "lastTimestamp": ago(seconds),
        "count": count,
        "type": "Warning",
        "eventTime": None,
        "reportingComponent": "kubelet",
        "reportingInstance": "node-1",
    } | more


def claim(phase: str) -> Json:
    """A PersistentVolumeClaim in this phase."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": metadata("uploads", "uid-claim"),
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
        "status": {"phase": phase},
    }


def route(*entries: Json) -> Json:
    """An HTTPRoute to the gateway `preview` of another namespace, with what controllers have answered."""
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": metadata("web", "uid-route"),
        "spec": {
            "parentRefs": [
                {
                    "group": "gateway.networking.k8s.io",
                    "kind": "Gateway",
                    "name": "preview",
                    "namespace": "matinee-system",
                    "sectionName": "https",
                }
            ],
            "hostnames": ["shop-12.preview.example"],
            "rules": [{"backendRefs": [{"group": "", "kind": "Service", "name": "web", "port": 80, "weight": 1}]}],
        },
        "status": {"parents": list(entries)},
    }


def answer(*conditions: Json, **parent: Any) -> Json:
    """What a gateway's controller says of a route."""
    reference = {
        "group": "gateway.networking.k8s.io",
        "kind": "Gateway",
        "name": "preview",
        "namespace": "matinee-system",
        "sectionName": "https",
    }
    return {
        "parentRef": reference | parent,
        "controllerName": "traefik.io/gateway-controller",
        "conditions": [{"observedGeneration": 1, **each} for each in conditions],
    }


def custom(group: str, kind: str, *conditions: Json) -> Json:
    """An object of a kind that a controller other than Kubernetes' own looks after."""
    return {
        "apiVersion": f"{group}/v1",
        "kind": kind,
        "metadata": metadata("it", "uid-custom"),
        "spec": {},
        "status": {"conditions": list(conditions)},
    }
