"""Metadata: what an object, or a pod template, may say of itself.

Labels and annotations go by an allow-list of their prefixes, not by a list of dangerous ones: DNS records, copies of
other namespaces' secrets, identities of a cloud and whole proxies are ordered by annotations, and nobody knows all
controllers of a cluster. Keys without a prefix belong to users by convention, and are free but for the few that a
controller reads (https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/).

Of the annotations of ingress controllers only those are allowed that can neither name another namespace nor write
configuration, and only with harmless characters: their values were a way into the controller more than once
(CVE-2021-25742, CVE-2023-5043, CVE-2023-5044, CVE-2025-1097, CVE-2025-1098, CVE-2025-24514).
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from domain.manifests.checks import Check, both, fields, keyed, never, where
from domain.manifests.refusals import Finding, Rule
from domain.manifests.rules import DOMAIN, RESERVED, Rules
from domain.manifests.shapes import mapping_of, text_of

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*")
_HARMLESS = re.compile(r"[A-Za-z0-9$/._ -]{0,200}")
_NAME_LIMIT = 253

_LABEL_DOMAINS = ("app.kubernetes.io", "helm.sh")
_ANNOTATION_DOMAINS = (
    "app.kubernetes.io",
    "checksum",
    "helm.sh",
    "kubectl.kubernetes.io",
    "meta.helm.sh",
    "prometheus.io",
)
_READ_BY_CONTROLLERS = ("aadpodidbinding", "grafana_", "k8s-sidecar-")
"""How labels and annotations without a prefix begin that are no user's own: Azure's identities of pods go by the first,
and Grafana's sidecar loads what the others are on into the Grafana of the whole cluster, into any folder."""

_CONTROLLERS = frozenset(
    {
        *(
            f"nginx.ingress.kubernetes.io/{name}"
            for name in (
                "backend-protocol", "enable-cors", "force-ssl-redirect", "proxy-body-size", "proxy-buffer-size",
                "proxy-buffering", "proxy-connect-timeout", "proxy-read-timeout", "proxy-send-timeout",
                "rewrite-target", "ssl-redirect", "use-regex",
            )
        ),
        "traefik.ingress.kubernetes.io/router.entrypoints",
        "traefik.ingress.kubernetes.io/router.pathmatcher",
        "traefik.ingress.kubernetes.io/router.tls",
        "traefik.ingress.kubernetes.io/service.passhostheader",
        "traefik.ingress.kubernetes.io/service.serversscheme",
    }
)  # fmt: skip


def _named(value: Any, _rules: Rules) -> bool:
    return isinstance(value, str) and len(value) <= _NAME_LIMIT and _NAME.fullmatch(value) is not None


def _is_free_name(value: Any, _rules: Rules) -> bool:
    return not text_of(value).startswith(RESERVED)


def _ours(key: str, value: Any, rules: Rules) -> bool | None:
    """Whether a key that is ours has the value that it must have; None if the key is not ours."""
    prefix = key.partition("/")[0]
    if prefix == DOMAIN or prefix.endswith(f".{DOMAIN}"):
        return rules.marks.get(key) == value
    return False if prefix == "pod-security.kubernetes.io" else None


def _label_allowed(key: str, _value: Any, rules: Rules) -> bool:
    prefix, slash, _ = key.partition("/")
    return prefix in (*_LABEL_DOMAINS, *rules.domains) if slash else not key.startswith(_READ_BY_CONTROLLERS)


def _annotation_allowed(key: str, value: Any, rules: Rules) -> bool:
    if rules.ingress and rules.ingress.annotations.get(key) == value:
        return True
    if key in _CONTROLLERS:
        return _HARMLESS.fullmatch(text_of(value)) is not None
    prefix, slash, _ = key.partition("/")
    if not slash:
        return not key.startswith(_READ_BY_CONTROLLERS)
    return prefix in (*_ANNOTATION_DOMAINS, *rules.domains)


def _keys(rule: Rule, allowed: Callable[[str, Any, Rules], bool]) -> Check:
    """The field is a mapping of text to text whose keys are either ours and right, or allowed."""

    def check(path: str, value: Any, rules: Rules) -> Iterator[Finding]:
        if not isinstance(value, dict):
            yield Finding(path, value, Rule.SHAPE)
        for key, one in mapping_of(value).items():
            ours = _ours(key, one, rules)
            if ours is False:
                yield Finding(keyed(path, key), one, Rule.MARK)
            elif not isinstance(one, str):
                yield Finding(keyed(path, key), one, Rule.SHAPE)
            elif ours is None and not allowed(key, one, rules):
                yield Finding(keyed(path, key), one, rule)

    return check


_LABELS = _keys(Rule.LABEL, _label_allowed)
_COMMON: Mapping[str, Check] = {
    "namespace": where(Rule.NAMESPACE, lambda value, rules: value == rules.namespace),
    "labels": _LABELS,
    "annotations": _keys(Rule.ANNOTATION, _annotation_allowed),
    "creationTimestamp": never(Rule.FIELD),
    "generateName": never(Rule.NAME),
    "ownerReferences": never(Rule.OWNERSHIP),
    "finalizers": never(Rule.OWNERSHIP),
}

TEMPLATE_METADATA = fields({**_COMMON, "name": where(Rule.NAME, _named)})
"""The metadata of a pod template, a claim template or a job template."""

METADATA = fields(
    {**_COMMON, "name": both(where(Rule.NAME, _named), where(Rule.RESERVED, _is_free_name))},
    needed={"name": Rule.NAME},
)
"""The metadata of a whole object. https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/"""
