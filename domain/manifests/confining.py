"""Confining: an object that passed policy, as it is applied: in its namespace, with our labels, in the pool.

What a pull request left out is filled in the way Pod Security `restricted` wants it
(https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted), so that usual manifests need no
change; what it wrote otherwise, policy has refused already. Confining twice changes nothing.
"""

from collections.abc import Mapping
from typing import Any

from domain.manifests.pinning import pod_path, replaced_at
from domain.manifests.pods import toleration
from domain.manifests.rules import ACCOUNT, DOMAIN, Rules
from domain.manifests.shapes import at, list_of, mapping_of

NOINDEX = {"name": "X-Robots-Tag", "value": "noindex"}
"""The header by which search engines leave previews out."""


def confined(content: Any, rules: Rules) -> dict[str, Any]:
    """The object as it is applied. What was given is not changed."""
    whole = _labelled(mapping_of(content), rules)
    whole = replaced_at(whole, ("metadata", "namespace"), rules.namespace)
    match at(content, "kind"):
        case "HTTPRoute":
            whole = _attached(whole, rules)
            found = [_noindexed(one) for one in list_of(at(whole, "spec", "rules"))]
            return replaced_at(whole, ("spec", "rules"), found) if found else whole
        case "Ingress":
            return _annotated(whole, rules.ingress.annotations if rules.ingress else {})
        case "PodDisruptionBudget":
            return _drained(whole)
        case _:
            return _with_pod(whole, rules)


def _with_pod(whole: dict[str, Any], rules: Rules) -> dict[str, Any]:
    path = pod_path(whole)
    if path is None:
        return whole
    template = _labelled(mapping_of(at(whole, *path)), rules)
    if rules.release:
        template = _annotated(template, {f"{DOMAIN}/release": rules.release})
    pod = _pod(mapping_of(template["spec"]), rules)
    return replaced_at(whole, path, {**template, "spec": pod})


def _drained(whole: dict[str, Any]) -> dict[str, Any]:
    """The budget, which holds no node back from its end: with one replica, the usual `minAvailable: 1` would."""
    spec = {key: value for key, value in mapping_of(whole.get("spec")).items() if key != "minAvailable"}
    return {**whole, "spec": {**spec, "maxUnavailable": "100%"}}


def _labelled(whole: dict[str, Any], rules: Rules) -> dict[str, Any]:
    labels = mapping_of(at(whole, "metadata", "labels"))
    return replaced_at(whole, ("metadata", "labels"), {**labels, **rules.labels})


def _annotated(whole: dict[str, Any], added: Mapping[str, str]) -> dict[str, Any]:
    annotations = {**mapping_of(at(whole, "metadata", "annotations")), **added}
    return replaced_at(whole, ("metadata", "annotations"), annotations) if annotations else whole


def _pod(pod: dict[str, Any], rules: Rules) -> dict[str, Any]:
    lists = {
        name: [_container(mapping_of(one), rules) for one in list_of(pod.get(name))]
        for name in ("containers", "initContainers")
        if pod.get(name)
    }
    account = {"serviceAccountName": ACCOUNT, "automountServiceAccountToken": False}
    # The API server copies the old name into the new one, and refuses two that differ.
    kept = {key: value for key, value in pod.items() if key != "serviceAccount"}
    return {**kept, **lists, **account, **_placed(pod, rules), "securityContext": _context(pod, rules)}


def _placed(pod: dict[str, Any], rules: Rules) -> dict[str, Any]:
    selector = {**mapping_of(pod.get("nodeSelector")), **(rules.pool.selector if rules.pool else {})}
    tolerations = [toleration(one) for one in (rules.pool.tolerations if rules.pool else ())]
    secrets = [*list_of(pod.get("imagePullSecrets"))]
    secrets += [{"name": name} for name in rules.pull_secrets if {"name": name} not in secrets]
    placed = {
        "nodeSelector": selector,
        "tolerations": tolerations,
        "imagePullSecrets": secrets,
        "priorityClassName": rules.priority_class,
        "runtimeClassName": rules.runtime_class,
    }
    return {key: value for key, value in placed.items() if value}


def _context(pod: dict[str, Any], rules: Rules) -> dict[str, Any]:
    usual: dict[str, Any] = {"seccompProfile": {"type": "RuntimeDefault"}}
    if rules.level == "restricted":
        usual["runAsNonRoot"] = True
    if rules.user is not None:
        usual["runAsUser"] = rules.user
    return usual | _written(pod.get("securityContext"))


def _container(container: dict[str, Any], rules: Rules) -> dict[str, Any]:
    if rules.level != "restricted":
        return container
    context = {"allowPrivilegeEscalation": False, **_written(container.get("securityContext"))}
    capabilities = {"drop": ["ALL"], **_written(context.get("capabilities"))}
    return {**container, "securityContext": {**context, "capabilities": capabilities}}


def _written(value: Any) -> dict[str, Any]:
    """What is there of a mapping: None in it is absent, and must not hide what is filled in."""
    return {key: one for key, one in mapping_of(value).items() if one is not None}


def _attached(whole: dict[str, Any], rules: Rules) -> dict[str, Any]:
    """The route, attached to no other listener than the operator named."""
    if rules.gateway is None or not rules.gateway.section:
        return whole
    parents = [
        {**mapping_of(one), "sectionName": rules.gateway.section} for one in list_of(at(whole, "spec", "parentRefs"))
    ]
    return replaced_at(whole, ("spec", "parentRefs"), parents)


def _noindexed(rule: Any) -> dict[str, Any]:
    """The rule with our header among those that it sets: a rule may have one filter of this type only."""
    filters = list_of(at(rule, "filters"))
    own = next((one for one in filters if at(one, "type") == "ResponseHeaderModifier"), None)
    others = [one for one in filters if at(one, "type") != "ResponseHeaderModifier"]
    modifier = {
        verb: [one for one in list_of(at(own, "responseHeaderModifier", verb)) if not _is_noindex(one)]
        for verb in ("set", "add", "remove")
    }
    modifier["set"].append(NOINDEX)
    modifier = {verb: headers for verb, headers in modifier.items() if headers}
    added = {"type": "ResponseHeaderModifier", "responseHeaderModifier": modifier}
    return {**mapping_of(rule), "filters": [*others, added]}


def _is_noindex(header: Any) -> bool:
    name = at(header, "name") if isinstance(header, dict) else header
    return str(name).lower() == NOINDEX["name"].lower()
