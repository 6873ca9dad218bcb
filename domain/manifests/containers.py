"""Containers: what a container of a pod may be. All lists of containers go by the same table.

Fields: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#Container (1.34). Levels:
https://kubernetes.io/docs/concepts/security/pod-security-standards/. Beyond `restricted`, local profiles, SELinux
options and added capabilities but those that the level names are refused too.
"""

import re
from collections.abc import Mapping
from typing import Any

from domain.manifests.checks import Check, each, fields, free, never, only, where
from domain.manifests.quantities import MIB, quantity
from domain.manifests.refusals import Rule
from domain.manifests.rules import DATABASE_SECRET, Rules
from domain.manifests.shapes import list_of

_CAPABILITIES: Mapping[str, frozenset[str]] = {
    "restricted": frozenset({"NET_BIND_SERVICE"}),
    "baseline": frozenset(
        {
            "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP",
            "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
        }
    ),
}  # fmt: skip

_REFERENCE = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._:/-]{0,254}(@sha256:[0-9a-f]{64})?")
_DIGEST = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._:/-]{0,254}@sha256:[0-9a-f]{64}")


def _image(value: Any, rules: Rules) -> bool:
    return isinstance(value, str) and (_DIGEST if rules.pinned else _REFERENCE).fullmatch(value) is not None


def _from_registry(value: Any, rules: Rules) -> bool:
    return not rules.registries or any(str(value).startswith(f"{one.rstrip('/')}/") for one in rules.registries)


def _checked_image(path: str, value: Any, rules: Rules) -> Any:
    yield from where(Rule.IMAGE, _image)(path, value, rules)
    yield from where(Rule.REGISTRY, _from_registry)(path, value, rules)


def _within(most: str) -> Check:
    """The field is a quantity no larger than the whole preview's quota of it."""

    def allowed(value: Any, rules: Rules) -> bool:
        size = quantity(value)
        limits = {"cpu": rules.quota.cpu, "memory": rules.quota.memory_mib * MIB, "disk": rules.quota.storage_mib * MIB}
        return size is not None and size <= limits[most]

    return where(Rule.RESOURCES, allowed)


AMOUNTS = fields(
    {"cpu": _within("cpu"), "memory": _within("memory"), "ephemeral-storage": _within("disk")}, other=Rule.RESOURCES
)
"""Amounts of what a container may ask for; devices and huge pages are no part of it."""

STORAGE = fields({"storage": _within("disk")}, other=Rule.RESOURCES, needed={"storage": Rule.RESOURCES})
"""The amount that a claim asks for."""

_PROFILE = fields({"type": only(Rule.PROFILE, "RuntimeDefault")}, other=Rule.PROFILE)

SECURITY: Mapping[str, Check] = {
    "appArmorProfile": _PROFILE,
    "runAsGroup": free,
    "runAsNonRoot": where(Rule.ROOT, lambda value, rules: value is True or rules.level == "baseline"),
    "runAsUser": where(Rule.ROOT, lambda value, rules: (type(value) is int and value > 0) or rules.level == "baseline"),
    "seLinuxOptions": never(Rule.KERNEL),
    "seccompProfile": _PROFILE,
    "windowsOptions": never(Rule.KERNEL),
}
"""What the security contexts of pods and of containers have in common."""


def _added(value: Any, rules: Rules) -> bool:
    return isinstance(value, str) and value in _CAPABILITIES[rules.level]


def _dropped(value: Any, rules: Rules) -> bool:
    return rules.level == "baseline" or "ALL" in list_of(value)


_CONTEXT = fields(
    {
        **SECURITY,
        "allowPrivilegeEscalation": where(
            Rule.PRIVILEGE, lambda value, rules: value is False or rules.level == "baseline"
        ),
        "capabilities": fields({"add": each(where(Rule.CAPABILITY, _added)), "drop": where(Rule.CAPABILITY, _dropped)}),
        "privileged": only(Rule.PRIVILEGE, False),
        "procMount": only(Rule.KERNEL, "Default"),
        "readOnlyRootFilesystem": free,
    }
)

SECRET_NAME = where(Rule.SECRET, lambda value, rules: value in (DATABASE_SECRET, *rules.secrets, *rules.own))
"""The name of a Secret that a container may read: the database's, one that the preview is given, or one of its own."""

_SECRET_KEY = fields({"name": SECRET_NAME, "key": free, "optional": free})
_VARIABLE_SOURCE = fields(
    {
        **dict.fromkeys(("configMapKeyRef", "fieldRef", "fileKeyRef", "resourceFieldRef"), free),
        "secretKeyRef": _SECRET_KEY,
    }
)
_VARIABLES = each(fields({"name": free, "value": free, "valueFrom": _VARIABLE_SOURCE}))
_VARIABLES_FROM = each(fields({"prefix": free, "configMapRef": free, "secretRef": _SECRET_KEY}))

_NO_HOST = never(Rule.PROBE_HOST)
_HANDLER: Mapping[str, Check] = {
    "exec": free,
    "httpGet": fields({"host": _NO_HOST, "httpHeaders": free, "path": free, "port": free, "scheme": free}),
    "tcpSocket": fields({"host": _NO_HOST, "port": free}),
}
_HOOK = fields({**_HANDLER, "sleep": free})
_TIMES = ("failureThreshold", "initialDelaySeconds", "periodSeconds", "successThreshold", "timeoutSeconds")
_PROBE = fields({**_HANDLER, "grpc": free, **dict.fromkeys(_TIMES, free)})

_FREE = (
    "args", "command", "imagePullPolicy", "name", "resizePolicy", "restartPolicy", "stdin",
    "stdinOnce", "terminationMessagePath", "terminationMessagePolicy", "tty", "workingDir",
)  # fmt: skip

CONTAINER = fields(
    {
        **dict.fromkeys(_FREE, free),
        "env": _VARIABLES,
        "envFrom": _VARIABLES_FROM,
        "image": _checked_image,
        "lifecycle": fields({"postStart": _HOOK, "preStop": _HOOK, "stopSignal": free}),
        "livenessProbe": _PROBE,
        "ports": each(
            fields(
                {
                    "containerPort": free,
                    "name": free,
                    "protocol": free,
                    "hostPort": never(Rule.HOST_PORT),
                    "hostIP": never(Rule.HOST_PORT),
                }
            )
        ),
        "readinessProbe": _PROBE,
        "resources": fields({"limits": AMOUNTS, "requests": AMOUNTS}, other=Rule.RESOURCES),
        "securityContext": _CONTEXT,
        "startupProbe": _PROBE,
        "volumeDevices": never(Rule.DEVICE),
        "volumeMounts": each(
            fields(
                {
                    **dict.fromkeys(
                        ("mountPath", "name", "readOnly", "recursiveReadOnly", "subPath", "subPathExpr"), free
                    ),
                    "mountPropagation": only(Rule.VOLUME, "None"),
                }
            )
        ),
    },
    needed={"image": Rule.IMAGE},
)
"""A container, an init container alike; ephemeral ones are refused where they are listed."""
