"""Routing: how a public service is reached, through a Gateway or through an Ingress, and kept out of search engines.

https://gateway-api.sigs.k8s.io/reference/spec/#httproute,
https://kubernetes.io/docs/reference/kubernetes-api/service-resources/ingress-v1/
"""

from typing import Any
from urllib.parse import urlsplit

from domain.definitions import ServiceUrl
from domain.errors import PermanentError
from domain.manifests.objects import made
from domain.manifests.rules import Gateway, IngressClass, Rules
from domain.phases import Reason


def host_of(url: str) -> str:
    """The host of a URL, without its port."""
    return urlsplit(url).hostname or ""


def hosts_of(urls: tuple[ServiceUrl, ...]) -> tuple[str, ...]:
    """The exact hosts of a preview, the primary one first."""
    return tuple(dict.fromkeys(host_of(url.url) for url in urls))


def route(name: str, url: ServiceUrl, port: int, rules: Rules) -> dict[str, Any]:
    """The HTTPRoute of a public service, or its Ingress where there is no Gateway."""
    if rules.gateway is not None:
        return _http_route(name, host_of(url.url), port, rules.gateway)
    if rules.ingress is not None:
        return _ingress(name, url, port, rules.ingress, rules.certificate)
    raise PermanentError(
        f"{name} is public, and the platform has neither a Gateway nor a class of Ingresses; set one of them",
        reason=Reason.SETTINGS,
    )


def nginx(name: str, system: str) -> IngressClass:
    """The class of an Ingress NGINX controller that sends the headers of a ConfigMap which the chart made.

    https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/#custom-headers
    """
    return IngressClass(
        name=name, annotations={"nginx.ingress.kubernetes.io/custom-headers": f"{system}/matinee-noindex"}
    )


def traefik(name: str, system: str) -> IngressClass:
    """The class of a Traefik whose middleware, which the chart made, sends our header.

    https://doc.traefik.io/traefik/reference/routing-configuration/kubernetes/ingress/
    """
    middleware = f"{system}-matinee-noindex@kubernetescrd"
    return IngressClass(name=name, annotations={"traefik.ingress.kubernetes.io/router.middlewares": middleware})


def _http_route(name: str, host: str, port: int, gateway: Gateway) -> dict[str, Any]:
    parent = {"name": gateway.name, "namespace": gateway.namespace}
    if gateway.section:
        parent["sectionName"] = gateway.section
    spec = {
        "parentRefs": [parent],
        "hostnames": [host],
        "rules": [{"backendRefs": [{"name": name, "port": port}]}],
    }
    return made("gateway.networking.k8s.io/v1", "HTTPRoute", name, spec=spec)


def _ingress(name: str, url: ServiceUrl, port: int, ingress: IngressClass, certificate: str) -> dict[str, Any]:
    host = host_of(url.url)
    backend = {"service": {"name": name, "port": {"number": port}}}
    spec: dict[str, Any] = {
        "ingressClassName": ingress.name,
        "rules": [{"host": host, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}],
    }
    if url.url.startswith("https:"):
        # Without a name, the controller serves its default certificate, whose key stays with it.
        spec["tls"] = [{"hosts": [host], **({"secretName": certificate} if certificate else {})}]
    return made("networking.k8s.io/v1", "Ingress", name, spec=spec)
