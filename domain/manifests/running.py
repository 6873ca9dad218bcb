"""Running: the container of a service or of a command, and how the kubelet finds out whether it is well."""

from dataclasses import dataclass
from typing import Any

from domain.definitions import Service, ServiceUrl
from domain.manifests.flags import FILE, FOLDER, provided
from domain.manifests.flags import variables as flag_variables
from domain.manifests.routing import host_of
from domain.manifests.rules import DATABASE_KEY, DATABASE_SECRET

_STARTING = 600  # Seconds, one probe each; the rollout's own limit is what ends an endless start.
_FAREWELL = 3


@dataclass(frozen=True, kw_only=True)
class Running:
    """What one container runs. `secret` is the variable that gets the database's connection, or empty.

    `given` are the Secrets whose keys become variables, before those that the definition writes.
    """

    name: str
    image: str
    command: tuple[str, ...]
    environment: dict[str, str]
    limits: dict[str, str]
    requests: dict[str, str]
    port: int | None = None
    flags: dict[str, str] | None = None
    secret: str = ""
    given: tuple[str, ...] = ()
    read_only_root: bool = True


def container(running: Running) -> dict[str, Any]:
    """The container, without probes. It can write to /tmp, and elsewhere only if the operator says so."""
    mounts: list[dict[str, Any]] = [{"name": "tmp", "mountPath": "/tmp"}]  # noqa: S108 - the container's own
    if running.flags is not None:
        # The whole folder: a single mounted file would never change.
        mounts.append({"name": "flags", "mountPath": FOLDER, "readOnly": True})
    ports = [{"name": "http", "containerPort": running.port, "protocol": "TCP"}] if running.port is not None else []
    return {
        "name": running.name,
        "image": running.image,
        **({"command": [literal(word) for word in running.command]} if running.command else {}),
        **({"envFrom": [{"secretRef": {"name": name}} for name in running.given]} if running.given else {}),
        "env": _environment(running),
        **({"ports": ports} if ports else {}),
        "resources": {"limits": running.limits, "requests": running.requests},
        "securityContext": {"readOnlyRootFilesystem": running.read_only_root},
        "volumeMounts": mounts,
    }


def probes(service: Service, url: ServiceUrl | None) -> dict[str, Any]:
    """The probes of a service with a port: its health path answers, asked as its public host if it has one."""
    if service.port is None:
        return {}
    header = {"httpHeaders": [{"name": "Host", "value": host_of(url.url)}]} if url else {}
    get = {"httpGet": {"path": service.health, "port": service.port, **header}}
    return {
        "startupProbe": {**get, "periodSeconds": 1, "timeoutSeconds": 5, "failureThreshold": _STARTING},
        "readinessProbe": {**get, "periodSeconds": 5, "timeoutSeconds": 5, "failureThreshold": 3},
        "livenessProbe": {**get, "periodSeconds": 20, "timeoutSeconds": 10, "failureThreshold": 6},
    }


def farewell(service: Service) -> dict[str, Any]:
    """The hook by which a service with a port still answers for a moment after its end was decided.

    Proxies learn a moment later than the kubelet that a pod is being ended, and would send requests to a closed port.
    """
    return {"lifecycle": {"preStop": {"sleep": {"seconds": _FAREWELL}}}} if service.port is not None else {}


def literal(text: str) -> str:
    """The text so that the kubelet hands it on as it is: it would fill in `$(NAME)`, and reads `$$` as one sign."""
    return text.replace("$", "$$")


def _environment(running: Running) -> list[dict[str, Any]]:
    variables: dict[str, str] = {}
    if running.port is not None:
        variables |= {"HOST": "0.0.0.0"}  # noqa: S104 - inside a pod, whose network is fenced
    file = f"{FOLDER}/{FILE}"
    variables |= provided(running.flags or {}, file)
    variables |= running.environment
    if running.port is not None:
        variables["PORT"] = str(running.port)
    if running.flags is not None:
        variables |= flag_variables(running.flags, file)
    variables.pop(running.secret, None)
    written: list[dict[str, Any]] = [{"name": name, "value": literal(value)} for name, value in variables.items()]
    if running.secret:
        reference = {"name": DATABASE_SECRET, "key": DATABASE_KEY}
        written.append({"name": running.secret, "valueFrom": {"secretKeyRef": reference}})
    return written
