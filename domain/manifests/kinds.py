"""Kinds: which objects a pull request may write, and what each may be.

Left out on purpose, besides all that is cluster-scoped: Pod and ReplicaSet (a Deployment makes them), DaemonSet (it
runs on every node and brings tolerations of its own), ServiceAccount (its annotations are identities of a cloud, and
each can have a token), Role and RoleBinding, NetworkPolicy (they add up, so a second one opens what ours close),
ResourceQuota and LimitRange (ours), Endpoints and EndpointSlice (a Service could lead anywhere), Event, and every
custom resource, as only its controller knows what it orders.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.manifests.checks import Check, each, fields, free, never, only, where
from domain.manifests.metadata import METADATA, TEMPLATE_METADATA
from domain.manifests.pods import CLAIM, CLAIM_TEMPLATE, TEMPLATE
from domain.manifests.refusals import Rule
from domain.manifests.routes import HTTP_ROUTE, INGRESS, SERVICE
from domain.manifests.rules import Rules


@dataclass(frozen=True, order=True)
class Kind:
    """A kind of objects, as manifests name it."""

    api: str
    kind: str


def _count(value: Any, _rules: Rules) -> bool:
    return type(value) is int and 0 <= value < 10**6


def _object(**parts: Check) -> Check:
    return fields(
        {"apiVersion": free, "kind": free, "metadata": METADATA, "status": free, **parts},
        needed={"metadata": Rule.NAME},
    )


def _part(*names: str, **checked: Check) -> Check:
    return fields({**dict.fromkeys(names, free), **checked})


def _kept(value: Any, rules: Rules) -> bool:
    """Whether so many may be left in the cluster when they have ended: those are in no quota of pods that run."""
    return type(value) is int and 0 <= value <= rules.quota.objects


def _scaled(value: Any, rules: Rules) -> bool:
    return type(value) is int and 0 <= value <= rules.quota.pods


def _may_end(value: Any, _rules: Rules) -> bool:
    return str(value) not in ("0", "0%")


_REPLICAS = where(Rule.SHAPE, _count)
_KEPT = where(Rule.QUOTA, _kept)
_SCALED = where(Rule.QUOTA, _scaled)
_ROLLED = ("minReadySeconds", "revisionHistoryLimit", "selector")
_JOB = _part(
    *(
        "activeDeadlineSeconds",
        "backoffLimit",
        "backoffLimitPerIndex",
        "completionMode",
        "maxFailedIndexes",
    ),
    *("podFailurePolicy", "podReplacementPolicy", "successPolicy", "suspend", "ttlSecondsAfterFinished"),
    completions=_KEPT,
    parallelism=_REPLICAS,
    template=TEMPLATE,
    managedBy=never(Rule.OWNERSHIP),
    manualSelector=never(Rule.OWNERSHIP),
    selector=never(Rule.OWNERSHIP),
)
_SECRET_TYPE = only(
    Rule.SECRET_TYPE,
    "",
    "Opaque",
    "kubernetes.io/basic-auth",
    "kubernetes.io/dockercfg",
    "kubernetes.io/dockerconfigjson",
    "kubernetes.io/ssh-auth",
    "kubernetes.io/tls",
)

KINDS: Mapping[Kind, Check] = {
    Kind("v1", "ConfigMap"): _object(data=free, binaryData=free, immutable=free),
    Kind("v1", "Secret"): _object(data=free, stringData=free, immutable=free, type=_SECRET_TYPE),
    Kind("v1", "PersistentVolumeClaim"): _object(spec=CLAIM),
    Kind("v1", "Service"): _object(spec=SERVICE),
    Kind("apps/v1", "Deployment"): _object(
        spec=_part(*_ROLLED, "paused", "progressDeadlineSeconds", "strategy", replicas=_REPLICAS, template=TEMPLATE)
    ),
    Kind("apps/v1", "StatefulSet"): _object(
        spec=_part(
            *(*_ROLLED, "ordinals", "persistentVolumeClaimRetentionPolicy", "podManagementPolicy", "serviceName"),
            "updateStrategy",
            replicas=_REPLICAS,
            template=TEMPLATE,
            volumeClaimTemplates=each(CLAIM_TEMPLATE),
        )
    ),
    Kind("batch/v1", "Job"): _object(spec=_JOB),
    Kind("batch/v1", "CronJob"): _object(
        spec=_part(
            *("concurrencyPolicy", "schedule", "startingDeadlineSeconds", "suspend", "timeZone"),
            failedJobsHistoryLimit=_KEPT,
            successfulJobsHistoryLimit=_KEPT,
            jobTemplate=fields({"metadata": TEMPLATE_METADATA, "spec": _JOB}),
        )
    ),
    Kind("autoscaling/v2", "HorizontalPodAutoscaler"): _object(
        spec=_part("behavior", "metrics", "scaleTargetRef", minReplicas=_SCALED, maxReplicas=_SCALED)
    ),
    Kind("policy/v1", "PodDisruptionBudget"): _object(
        spec=_part(
            *("selector", "unhealthyPodEvictionPolicy"),
            minAvailable=where(Rule.DISRUPTION, lambda value, _rules: str(value) != "100%"),
            maxUnavailable=where(Rule.DISRUPTION, _may_end),
        )
    ),
    Kind("gateway.networking.k8s.io/v1", "HTTPRoute"): _object(spec=HTTP_ROUTE),
    Kind("networking.k8s.io/v1", "Ingress"): _object(spec=INGRESS),
}
"""What may be written. https://kubernetes.io/docs/reference/kubernetes-api/ (1.34)."""

POD_TEMPLATES: Mapping[str, tuple[str, ...]] = {
    "Pod": (),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    "ReplicationController": ("spec", "template"),
    **dict.fromkeys(("DaemonSet", "Deployment", "Job", "ReplicaSet", "StatefulSet"), ("spec", "template")),
}
"""Where the pod template of an object of this kind stands."""
