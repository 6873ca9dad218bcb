"""Supplying: the copies of Secrets that a preview is given, and how its namespace asks for those of a vault.

External Secrets makes those in namespaces with a label that only Matinee's worker gives. A stranger's preview is given
none at all.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from domain.errors import PermanentError
from domain.manifests.confining import confined
from domain.manifests.objects import made
from domain.manifests.rules import DOMAIN, Rules
from domain.manifests.shapes import at, mapping_of, text_of
from domain.manifests.supplies import NOTHING, Supplies, Supply
from domain.phases import Reason
from domain.requests import DeployRequest, RunRequest

COPY = f"{DOMAIN}/copy"
"""The label of a copied Secret, by which it is found again; no pull request may write it."""

SUPPLIED = f"{DOMAIN}/supplied"
"""The annotation of the namespace that names what was copied into it."""

EXTERNAL = f"secrets.{DOMAIN}/"
"""How the labels of a namespace begin that ask External Secrets for a Secret; the Secret's name follows."""

_COPIED = frozenset(
    {
        "Opaque",
        "kubernetes.io/basic-auth",
        "kubernetes.io/dockercfg",
        "kubernetes.io/dockerconfigjson",
        "kubernetes.io/ssh-auth",
        "kubernetes.io/tls",
    }
)
"""The types that are copied: a token of the cluster's own would give a preview its rights."""


def supplied(rules: Rules, supplies: Supplies, request: DeployRequest | RunRequest) -> Rules:
    """The rules of one preview with what it is given for this request.

    PermanentError says which Secret a service names that it is not given. A stranger's runs without: what its
    definition names stands at the base, and is right there.
    """
    known = given(rules, supplies, trusted=request.trusted)
    for name in _named(request) if request.trusted else ():
        if name not in known.secrets:
            has = ", ".join(known.secrets) or "none"
            raise PermanentError(
                f"the definition names the Secret {name}, which previews of {rules.key.repository} are not given (they "
                f"have: {has}); take it out, or ask the operator for it",
                reason=Reason.DEFINITION_INVALID,
            )
    return known


def given(rules: Rules, supplies: Supplies, *, trusted: bool) -> Rules:
    """The rules of one preview with what it is given: nothing, and no certificate, if a stranger wrote what runs."""
    kept = (*rules.pull_secrets, *([rules.certificate] if rules.certificate else []))
    known = replace(rules, taken=(*supplies.names, *kept))
    if not trusted:
        return replace(known, supply=NOTHING, certificate="")
    return replace(known, supply=supplies.of(rules.key.repository, kept))


def _named(request: DeployRequest | RunRequest) -> tuple[str, ...]:
    match request:
        case DeployRequest():
            return tuple(name for one in request.services for name in one.service.secrets)
        case RunRequest():
            return request.secrets


def copy_of(source: Mapping[str, Any], rules: Rules) -> dict[str, Any]:
    """The copy of a Secret for this preview; PermanentError if it is of a type that gives rights in the cluster."""
    name, kind = text_of(at(source, "metadata", "name")), text_of(source.get("type")) or "Opaque"
    if kind not in _COPIED:
        raise PermanentError(
            f"the Secret {name} is of the type {kind} and is not copied, because it may give rights in the cluster; "
            "take it out of MATINEE_PLATFORMS__<NAME>__SECRETS",
            reason=Reason.PLATFORM_REFUSED,
        )
    copy = confined(made("v1", "Secret", name, type=kind, data=mapping_of(source.get("data"))), rules)
    copy["metadata"]["labels"][COPY] = "true"
    return copy


def is_same(source: Mapping[str, Any], copy: Mapping[str, Any]) -> bool:
    """Whether a copy still has all that its source has, and no more."""
    return (source.get("data") or {}, source.get("type")) == (copy.get("data") or {}, copy.get("type"))


def asking(supply: Supply) -> tuple[dict[str, str], dict[str, str]]:
    """The labels and annotations by which a namespace says what it is given."""
    labels = {f"{EXTERNAL}{name}": "true" for name in supply.external}
    return labels, {SUPPLIED: ",".join(supply.copies)} if supply.copies else {}


def asked(namespace: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """The same, as a namespace says it now."""
    labels = mapping_of(at(namespace, "metadata", "labels"))
    names = text_of(at(namespace, "metadata", "annotations", SUPPLIED))
    mine = {key: text_of(value) for key, value in labels.items() if key.startswith(EXTERNAL)}
    return mine, {SUPPLIED: names} if names else {}
