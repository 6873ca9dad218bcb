"""Pods: what a pod template may ask for. Whatever is not in these tables is refused.

Fields: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#PodSpec (1.34).
"""

from collections.abc import Iterator
from typing import Any

from domain.manifests.checks import Check, each, fields, free, never, only, where
from domain.manifests.containers import CONTAINER, SECRET_NAME, SECURITY, STORAGE
from domain.manifests.metadata import TEMPLATE_METADATA
from domain.manifests.refusals import Finding, Rule
from domain.manifests.rules import ACCOUNT, Rules, Toleration
from domain.manifests.shapes import mapping_of

_EVERYWHERE = {("kubernetes.io/os", "linux"), ("kubernetes.io/arch", "amd64"), ("kubernetes.io/arch", "arm64")}
"""Selectors that choose among nodes of any pool."""


def toleration(one: Toleration) -> dict[str, Any]:
    """The toleration as a pod writes it: of any value where it names none."""
    value: dict[str, Any] = {"operator": "Equal", "value": one.value} if one.value else {"operator": "Exists"}
    return {"key": one.key, "effect": one.effect, **value}


def _tolerated(value: Any, rules: Rules) -> bool:
    written = {"operator": "Equal", **mapping_of(value)}
    return written in [toleration(one) for one in (rules.pool.tolerations if rules.pool else ())]


def _selected(path: str, value: Any, rules: Rules) -> Iterator[Finding]:
    if not isinstance(value, dict):
        yield Finding(path, value, Rule.SHAPE)
    allowed = _EVERYWHERE | set((rules.pool.selector if rules.pool else {}).items())
    for key, one in mapping_of(value).items():
        if not isinstance(one, str) or (key, one) not in allowed:
            yield Finding(f"{path}[{key}]", one, Rule.PLACEMENT)


def _is_class(value: Any, name: str) -> bool:
    return value in ("", name)


def _short(value: Any, rules: Rules) -> bool:
    return type(value) is int and 0 <= value <= rules.bounds.grace_seconds


_CLAIM_CLASS = where(Rule.STORAGE, lambda value, rules: value in rules.storage_classes)

CLAIM = fields(
    {
        "accessModes": free,
        "resources": fields({"requests": STORAGE, "limits": STORAGE}),
        "storageClassName": _CLAIM_CLASS,
        "volumeMode": only(Rule.DEVICE, "Filesystem"),
    },
    other=Rule.STORAGE,
    needed={"resources": Rule.RESOURCES},
)
"""The spec of a claim. A volume by name, or a copy of another claim, could hold somebody else's data."""

CLAIM_TEMPLATE = fields(
    {"apiVersion": free, "kind": free, "metadata": TEMPLATE_METADATA, "spec": CLAIM, "status": never(Rule.FIELD)}
)
"""A claim that a StatefulSet or an ephemeral volume makes."""

_SECRET = fields({"secretName": SECRET_NAME, "defaultMode": free, "items": free, "optional": free})
_PROJECTED_SECRET = fields({"name": SECRET_NAME, "items": free, "optional": free})
_SOURCES = fields({"configMap": free, "secret": _PROJECTED_SECRET, "downwardAPI": free}, other=Rule.TOKEN)
_VOLUME = fields(
    {
        "name": free,
        "configMap": free,
        "downwardAPI": free,
        "emptyDir": free,
        "ephemeral": fields({"volumeClaimTemplate": CLAIM_TEMPLATE}),
        "persistentVolumeClaim": free,
        "projected": fields({"defaultMode": free, "sources": each(_SOURCES)}),
        "secret": _SECRET,
    },
    other=Rule.VOLUME,
)

_NEIGHBOUR = fields(
    {"labelSelector": free, "matchLabelKeys": free, "mismatchLabelKeys": free, "topologyKey": free},
    other=Rule.PLACEMENT,
)
_NEIGHBOURS = fields(
    {
        "requiredDuringSchedulingIgnoredDuringExecution": each(_NEIGHBOUR),
        "preferredDuringSchedulingIgnoredDuringExecution": each(
            fields({"weight": free, "podAffinityTerm": _NEIGHBOUR})
        ),
    }
)
_ACCOUNT = only(Rule.ACCOUNT, "", ACCOUNT)
_NOT_HOST = only(Rule.HOST_NAMESPACE, False)
_FREE = (
    "activeDeadlineSeconds", "dnsPolicy", "enableServiceLinks", "hostAliases", "hostUsers", "hostname",
    "imagePullSecrets", "restartPolicy", "setHostnameAsFQDN", "shareProcessNamespace", "subdomain",
    "topologySpreadConstraints",
)  # fmt: skip

_SPEC = fields(
    {
        **dict.fromkeys(_FREE, free),
        "affinity": fields({"podAffinity": _NEIGHBOURS, "podAntiAffinity": _NEIGHBOURS}, other=Rule.PLACEMENT),
        "automountServiceAccountToken": only(Rule.TOKEN, False),
        "containers": each(CONTAINER),
        "dnsConfig": fields({"options": free, "searches": free}),
        "ephemeralContainers": never(Rule.EPHEMERAL),
        "hostIPC": _NOT_HOST,
        "hostNetwork": _NOT_HOST,
        "hostPID": _NOT_HOST,
        "initContainers": each(CONTAINER),
        "nodeName": never(Rule.PLACEMENT),
        "nodeSelector": _selected,
        # Pod Security asks less of a pod that says it is for Windows.
        "os": fields({"name": only(Rule.PLACEMENT, "linux")}),
        "preemptionPolicy": only(Rule.PRIORITY, "Never"),
        "priority": never(Rule.PRIORITY),
        "priorityClassName": where(Rule.PRIORITY, lambda value, rules: _is_class(value, rules.priority_class)),
        "resourceClaims": never(Rule.DEVICE),
        "runtimeClassName": where(Rule.RUNTIME, lambda value, rules: _is_class(value, rules.runtime_class)),
        "schedulerName": only(Rule.PLACEMENT, "", "default-scheduler"),
        "securityContext": fields(
            {
                **SECURITY,
                **dict.fromkeys(
                    ("fsGroup", "fsGroupChangePolicy", "supplementalGroups", "supplementalGroupsPolicy"), free
                ),
                "sysctls": never(Rule.KERNEL),
            }
        ),
        "serviceAccount": _ACCOUNT,
        "serviceAccountName": _ACCOUNT,
        # A pod may take as long to end as it says, and so would its namespace.
        "terminationGracePeriodSeconds": where(Rule.GRACE, _short),
        "tolerations": each(where(Rule.PLACEMENT, _tolerated)),
        "volumes": each(_VOLUME),
    },
    needed={"containers": Rule.SHAPE},
)

TEMPLATE: Check = fields({"metadata": TEMPLATE_METADATA, "spec": _SPEC}, needed={"spec": Rule.SHAPE})
"""A pod template, wherever it stands."""
