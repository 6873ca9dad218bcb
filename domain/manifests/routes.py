"""Routes: who may be reached from outside, under which names, and through what.

Neither a Gateway's wildcard listener nor an Ingress controller keeps a preview from claiming the host of another, so
hosts are compared with the preview's own, letter by letter: a suffix would let one claim another's name.
Fields: https://gateway-api.sigs.k8s.io/reference/spec/ (1.4),
https://kubernetes.io/docs/reference/kubernetes-api/service-resources/ingress-v1/ and …/service-v1/.
"""

import re
from collections.abc import Iterator
from typing import Any

from domain.manifests.checks import each, fields, free, never, only, where
from domain.manifests.refusals import Finding, Rule
from domain.manifests.rules import Rules
from domain.manifests.shapes import list_of, mapping_of, text_of

_PATH = re.compile(r"/[A-Za-z0-9._~%!$&()*+,=:@/|?\[\]^-]{0,500}")
"""No quotes, braces, semicolons or spaces: paths end up in an Ingress controller's configuration (CVE-2021-25748)."""

_MATCHES_DEEP = 6
_CONFIGURING = re.compile(r"[`\";\x00-\x1f\x7f]")
"""What ends a text in the rules of Traefik or in the files of NGINX, so that the rest could claim another's host."""

_OUR_HOST = where(Rule.HOST, lambda value, rules: value in rules.hosts)
_HARMLESS_PATH = where(Rule.PATH, lambda value, _rules: _PATH.fullmatch(text_of(value)) is not None)


def _matches(path: str, value: Any, _rules: Rules) -> Iterator[Finding]:
    """By what requests are chosen: paths, headers and queries, whose texts end up in a proxy's configuration."""
    yield from _texts(path, value, _MATCHES_DEEP)


def _texts(path: str, value: Any, deep: int) -> Iterator[Finding]:
    if isinstance(value, str) and _CONFIGURING.search(value):
        yield Finding(path, value, Rule.PATH)
    if deep and isinstance(value, (dict, list)):
        for key, one in mapping_of(value).items() or enumerate(list_of(value)):
            yield from _texts(f"{path}[{key}]" if isinstance(key, int) else f"{path}.{key}", one, deep - 1)


def _gateway(name: str) -> Any:
    return where(Rule.GATEWAY, lambda value, rules: bool(rules.gateway) and value == getattr(rules.gateway, name))


def _section(value: Any, rules: Rules) -> bool:
    return bool(rules.gateway) and value in ("", rules.gateway.section or value)


_PARENT = fields(
    {
        "group": only(Rule.GATEWAY, "gateway.networking.k8s.io"),
        "kind": only(Rule.GATEWAY, "Gateway"),
        "name": _gateway("name"),
        "namespace": _gateway("namespace"),
        "port": free,
        "sectionName": where(Rule.GATEWAY, _section),
    },
    needed={"name": Rule.GATEWAY, "namespace": Rule.GATEWAY},
)
# Traefik serves its own dashboard as a backend of another kind.
_REFERENCE = {
    "group": only(Rule.BACKEND, ""),
    "kind": only(Rule.BACKEND, "Service"),
    "name": free,
    "namespace": where(Rule.BACKEND, lambda value, rules: value == rules.namespace),
    "port": free,
}
_FILTER = fields(
    {
        "type": only(
            Rule.FILTER,
            "RequestHeaderModifier",
            "ResponseHeaderModifier",
            "RequestMirror",
            "RequestRedirect",
            "URLRewrite",
            "CORS",
        ),
        "requestHeaderModifier": free,
        "responseHeaderModifier": free,
        "requestMirror": fields({"backendRef": fields(_REFERENCE), "percent": free, "fraction": free}),
        "requestRedirect": free,
        "urlRewrite": free,
        "cors": free,
    },
    other=Rule.FILTER,
)
# A filter here runs after those of the rule, and could take our header away again.
_BACKEND = fields({**_REFERENCE, "weight": free, "filters": never(Rule.FILTER)})

HTTP_ROUTE = fields(
    {
        "hostnames": each(_OUR_HOST),
        "parentRefs": each(_PARENT),
        "rules": each(
            fields(
                {
                    "name": free,
                    "matches": _matches,
                    "timeouts": free,
                    "filters": each(_FILTER),
                    "backendRefs": each(_BACKEND),
                }
            )
        ),
    },
    needed={"hostnames": Rule.HOST, "parentRefs": Rule.GATEWAY},
)
"""The spec of an HTTPRoute: without host names it would have every host of its Gateway."""

_INGRESS_BACKEND = fields({"service": free, "resource": never(Rule.BACKEND)})
_INGRESS_RULE = fields(
    {
        "host": _OUR_HOST,
        "http": fields(
            {"paths": each(fields({"path": _HARMLESS_PATH, "pathType": free, "backend": _INGRESS_BACKEND}))}
        ),
    },
    needed={"host": Rule.HOST},
)
# Traefik serves a certificate to every host that stands in it, whosever Ingress names it.
_TLS = fields(
    {
        "hosts": each(_OUR_HOST),
        "secretName": where(Rule.CERTIFICATE, lambda value, rules: value in ("", rules.certificate)),
    },
    needed={"hosts": Rule.HOST},
)

INGRESS = fields(
    {
        # A default backend answers for every host that nobody else has.
        "defaultBackend": never(Rule.HOST),
        "ingressClassName": where(Rule.CLASS, lambda value, rules: bool(rules.ingress) and value == rules.ingress.name),
        "rules": each(_INGRESS_RULE),
        "tls": each(_TLS),
    },
    needed={"rules": Rule.HOST, "ingressClassName": Rule.CLASS},
)
"""The spec of an Ingress."""


def _no_address(path: str, value: Any, _rules: Rules) -> Iterator[Finding]:
    if value not in ("", "None", [], ["None"]):
        yield Finding(path, value, Rule.ADDRESS)


_FREE = (
    "internalTrafficPolicy", "ipFamilies", "ipFamilyPolicy", "publishNotReadyAddresses", "selector",
    "sessionAffinity", "sessionAffinityConfig", "trafficDistribution",
)  # fmt: skip

SERVICE = fields(
    {
        **dict.fromkeys(_FREE, free),
        "clusterIP": _no_address,
        "clusterIPs": _no_address,
        "externalIPs": never(Rule.ADDRESS),
        "externalName": never(Rule.SERVICE_TYPE),
        "loadBalancerIP": never(Rule.SERVICE_TYPE),
        "loadBalancerClass": never(Rule.SERVICE_TYPE),
        "loadBalancerSourceRanges": never(Rule.SERVICE_TYPE),
        "ports": each(
            fields(
                {
                    **dict.fromkeys(("appProtocol", "name", "port", "protocol", "targetPort"), free),
                    "nodePort": never(Rule.SERVICE_TYPE),
                }
            )
        ),
        "type": only(Rule.SERVICE_TYPE, "ClusterIP"),
    }
)
"""The spec of a Service: reachable inside the cluster only, at an address that the cluster gives it."""
