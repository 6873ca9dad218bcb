"""Routing: Traefik, by which requests from outside come to pods, as the Gateway and as an Ingress controller."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from embedded.programs import beside_python
from tests.cluster import traefik_kinds
from tests.cluster.addresses import DOMAIN
from tests.cluster.control_plane import Part, answers, part
from tests.cluster.kubectl import Kubectl
from tests.cluster.plans import Plan
from tools.kubernetes.building import MODULES

NAMESPACE = "matinee-system"
"""Where the Gateway is."""

CLASS = "traefik"
"""The GatewayClass and the IngressClass."""

WILDCARD = "preview-wildcard"
"""The Secret with the certificate of all previews."""

_LABELS = {"matinee.dev/preview": "true"}
"""Only namespaces with these labels may bring routes to the Gateway."""

_PING = 8082
_READ = ["get", "list", "watch"]
_ROUTES = ["gatewayclasses", "gateways", "httproutes", "grpcroutes", "tlsroutes", "backendtlspolicies", "listenersets"]


def _rule(group: str, resources: list[str], verbs: list[str]) -> dict[str, Any]:
    return {"apiGroups": [group], "resources": resources, "verbs": verbs}


_RULES = [
    # Without namespaces, nodes and configmaps it serves nothing at all.
    _rule("", ["services", "secrets", "namespaces", "nodes", "configmaps"], _READ),
    _rule("discovery.k8s.io", ["endpointslices"], _READ),
    _rule("networking.k8s.io", ["ingresses", "ingressclasses"], _READ),
    _rule("networking.k8s.io", ["ingresses/status"], ["update"]),
    _rule(traefik_kinds.GROUP, traefik_kinds.PLURALS, _READ),
    _rule("gateway.networking.k8s.io", [*_ROUTES, "referencegrants"], _READ),
    _rule("gateway.networking.k8s.io", [f"{name}/status" for name in _ROUTES], ["update"]),
]


async def announce(folder: Path, plan: Plan, kubectl: Kubectl) -> None:
    """The kinds of routes are known, Traefik has an account of its own, and there is a Gateway for previews."""
    await kubectl("apply", "--server-side", f"--filename={MODULES['gateway'].place / 'crds'}")
    await kubectl.apply(*traefik_kinds.definitions())
    await kubectl("wait", "crd", "--all", "--for=condition=Established", "--timeout=30s")
    await kubectl.apply(*_account(), *_classes())
    # An Ingress is served with the default certificate, without a Secret of its own.
    await kubectl.apply(_gateway(plan), traefik_kinds.default_store(NAMESPACE, WILDCARD))
    token = await kubectl("create", "token", "traefik", f"--namespace={NAMESPACE}", "--duration=720h")
    (folder / "traefik.token").touch(mode=0o600)
    (folder / "traefik.token").write_text(token.strip())


def _account() -> list[dict[str, Any]]:
    """What Traefik is, and may do."""
    kind = "rbac.authorization.k8s.io"
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "traefik", "namespace": NAMESPACE}},
        {"apiVersion": f"{kind}/v1", "kind": "ClusterRole", "metadata": {"name": "traefik"}, "rules": _RULES},
        {
            "apiVersion": f"{kind}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": "traefik"},
            "roleRef": {"apiGroup": kind, "kind": "ClusterRole", "name": "traefik"},
            "subjects": [{"kind": "ServiceAccount", "name": "traefik", "namespace": NAMESPACE}],
        },
    ]


def _classes() -> list[dict[str, Any]]:
    """The names by which routes and Ingresses choose Traefik."""
    return [
        {
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "GatewayClass",
            "metadata": {"name": CLASS},
            "spec": {"controllerName": "traefik.io/gateway-controller"},
        },
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "IngressClass",
            "metadata": {"name": CLASS},
            "spec": {"controller": "traefik.io/ingress-controller"},
        },
    ]


def _gateway(plan: Plan) -> dict[str, Any]:
    """The Gateway of all previews, over HTTP and over HTTPS with the one certificate."""
    allowed = {"namespaces": {"from": "Selector", "selector": {"matchLabels": _LABELS}}}
    both: dict[str, Any] = {"hostname": f"*.{DOMAIN}", "allowedRoutes": allowed}
    tls = {"mode": "Terminate", "certificateRefs": [{"kind": "Secret", "name": WILDCARD}]}
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "Gateway",
        "metadata": {"name": "preview", "namespace": NAMESPACE},
        "spec": {
            "gatewayClassName": CLASS,
            "listeners": [
                {"name": "http", "port": plan.http, "protocol": "HTTP", **both},
                {"name": "https", "port": plan.https, "protocol": "HTTPS", "tls": tls, **both},
            ],
        },
    }


def traefik(folder: Path, plan: Plan) -> Part:
    """Traefik, which looks for changes every 100 ms."""
    shared = {
        "endpoint": plan.server,
        "token": str(folder / "traefik.token"),
        "certauthfilepath": str(folder / "certificates" / "ca.crt"),
    }
    command = (
        beside_python("traefik"),
        f"--entrypoints.web.address=:{plan.http}",
        "--entrypoints.web.asdefault=true",
        f"--entrypoints.websecure.address=:{plan.https}",
        "--entrypoints.websecure.asdefault=true",
        "--entrypoints.websecure.http.tls=true",
        f"--entrypoints.ping.address=127.0.0.1:{_PING}",
        "--ping=true",
        "--ping.entrypoint=ping",
        "--providers.providersthrottleduration=100ms",
        *_options("kubernetesgateway", shared | {"statusaddress.hostname": DOMAIN}),
        *_options("kubernetesingress", shared | {"ingressclass": CLASS, "ingressendpoint.hostname": DOMAIN}),
        *_options("kubernetescrd", shared),
        "--global.checknewversion=false",
        "--global.sendanonymoususage=false",
        "--log.level=INFO",
        "--log.nocolor=true",
    )
    ready = f"http://127.0.0.1:{_PING}/ping"
    return part(folder, "traefik", *command, ports=(plan.http, plan.https)), lambda: answers(ready)


async def accepted(kubectl: Kubectl) -> bool:
    """Whether Traefik has taken the Gateway for its own."""
    gateway = await kubectl.get("gateway", "preview", f"--namespace={NAMESPACE}")
    conditions = gateway.get("status", {}).get("conditions", [])
    return any(one["type"] == "Programmed" and one["status"] == "True" for one in conditions)


def _options(provider: str, values: Mapping[str, str]) -> list[str]:
    """What one provider is told."""
    return [f"--providers.{provider}=true", *(f"--providers.{provider}.{name}={it}" for name, it in values.items())]
