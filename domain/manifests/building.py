"""Building: the objects that run a definition's own services, made so that they pass the policy for strangers.

https://kubernetes.io/docs/reference/kubernetes-api/ (1.34), https://gateway-api.sigs.k8s.io/reference/spec/ (1.4)
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from domain.definitions import Resources
from domain.manifests.confining import confined
from domain.manifests.fitting import fitted, require_room
from domain.manifests.founding import amounts
from domain.manifests.inventory import ordered
from domain.manifests.objects import made
from domain.manifests.routing import route
from domain.manifests.rules import FLAGS, Rules
from domain.manifests.running import Running, container, farewell, probes
from domain.names import fingerprint
from domain.requests import DeployRequest, RunRequest, ServiceRequest

_KEPT_FOR = 86_400
"""Seconds for which an ended command's Job stays with its result: the request is repeated no longer than its lease
lasts, which is minutes, and somebody who looks at a failed migration does so within the day."""

PREFIX = "run-"
"""How the name of a command's Job begins."""

NAME = "app.kubernetes.io/name"
"""The label by which a Service finds the pods of its Deployment."""


def built(request: DeployRequest, rules: Rules) -> tuple[dict[str, Any], ...]:
    """A Deployment, a Service and a route for each service that needs them, in the order of applying.

    PermanentError says of what they need more than the preview's quota has.
    """
    objects = [one for service in request.services for one in _of_service(service, request, rules)]
    require_room(objects, rules)
    return ordered(fitted([confined(one, rules) for one in objects], rules))


def job(request: RunRequest, rules: Rules, now: datetime) -> dict[str, Any]:
    """The Job that runs a command once. Its name is the same for the same token, and it ends by the deadline.

    PermanentError says of what it needs more than the preview's quota has.
    """
    name = f"{PREFIX}{fingerprint(request.token)}"
    running = Running(
        name="run",
        image=request.image.reference,
        command=request.command,
        environment=request.environment,
        limits=_limits(request.resources),
        requests=_reserved(request.resources, rules),
        secret=request.variable if request.database else "",
        given=_given(request.secrets, rules),
        read_only_root=rules.read_only_root,
    )
    labels = {"app.kubernetes.io/component": "run"}
    # Whoever cancels it waits for its end.
    pod = {**_pod([container(running)]), "restartPolicy": "Never", "terminationGracePeriodSeconds": 2}
    spec = {
        "activeDeadlineSeconds": max(1, int((request.deadline - now).total_seconds())),
        "backoffLimit": 0,
        "ttlSecondsAfterFinished": _KEPT_FOR,
        "template": {"metadata": {"labels": labels}, "spec": pod},
    }
    # A Job's template cannot change, and a repetition of this request may belong to a later release.
    whole = made("batch/v1", "Job", name, spec=spec)
    whole["metadata"]["labels"] = labels
    require_room((whole,), rules)
    return confined(whole, replace(rules, release=""))


def _of_service(one: ServiceRequest, request: DeployRequest, rules: Rules) -> list[dict[str, Any]]:
    name, port = one.service.name, one.service.port
    objects = [made("apps/v1", "Deployment", name, spec=_deployment(one, request, rules))]
    if port is not None:
        ports = [{"name": "http", "port": port, "targetPort": port, "protocol": "TCP"}]
        objects.append(made("v1", "Service", name, spec={"selector": {NAME: name}, "ports": ports}))
    if port is not None and one.url is not None:
        objects.append(route(name, one.url, port, rules))
    return objects


def _deployment(one: ServiceRequest, request: DeployRequest, rules: Rules) -> dict[str, Any]:
    labels, service = {NAME: one.service.name}, one.service
    pod = _pod([container(_running(one, request, rules)) | probes(service, one.url) | farewell(service)], flags=True)
    return {
        "replicas": 1,
        "revisionHistoryLimit": 1,
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": pod},
    }


def _running(one: ServiceRequest, request: DeployRequest, rules: Rules) -> Running:
    service = one.service
    return Running(
        name=service.name,
        image=one.image.reference,
        command=service.command,
        environment=one.environment,
        limits=_limits(service.resources),
        requests=_reserved(service.resources, rules),
        port=service.port,
        flags=request.flags,
        secret=request.variable if request.database else "",
        given=_given(service.secrets, rules),
        read_only_root=rules.read_only_root,
    )


def _given(names: tuple[str, ...], rules: Rules) -> tuple[str, ...]:
    """As many of these Secrets as the preview is given: a stranger's has none, and runs without."""
    return tuple(name for name in names if name in rules.secrets)


def _pod(containers: list[dict[str, Any]], *, flags: bool = False) -> dict[str, Any]:
    volumes: list[dict[str, Any]] = [{"name": "tmp", "emptyDir": {"sizeLimit": "256Mi"}}]
    if flags:
        volumes.append({"name": "flags", "configMap": {"name": FLAGS, "optional": True}})
    return {
        "containers": containers,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": 5,
        "volumes": volumes,
    }


def _limits(resources: Resources) -> dict[str, str]:
    return amounts(resources.cpu, resources.memory_mib)


def _reserved(resources: Resources, rules: Rules) -> dict[str, str]:
    limits = rules.limits
    return amounts(resources.cpu * limits.cpu_share, resources.memory_mib * limits.memory_share)
