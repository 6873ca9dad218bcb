"""Admissions: whether what the chart installed confines previews of this installation, and this worker.

A policy that is there and does nothing looks like one that does: it is not bound, or bound to audit only, or it speaks
of another installation. https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from domain.manifests.rules import DOMAIN
from domain.manifests.shapes import at, list_of, mapping_of, text_of

RELEASE = "0.1.0"
"""The release of Matinee that this worker is, and that the chart it expects says it installs."""

_KINDS = ("amounts", "claims", "objects", "pods", "removals", "routes", "services", "worker")
_VERSION = "app.kubernetes.io/version"


@dataclass(frozen=True, kw_only=True)
class Admission:
    """One policy and its binding, which has the same name, as they are in the cluster; None if they are not."""

    name: str
    policy: Any
    binding: Any


def policy_names(installation: str) -> tuple[str, ...]:
    """The names of the chart's policies for an installation, and of their bindings."""
    return tuple(f"{installation}-{kind}" for kind in _KINDS)


def unconfined(admissions: tuple[Admission, ...], installation: str, user: str) -> Iterator[str]:
    """What is wrong with the policies, each with its cure; `user` is who the worker is."""
    missing = [one.name for one in admissions if one.policy is None]
    if missing:
        yield (
            f"the cluster has no ValidatingAdmissionPolicy {', '.join(missing)}, so nothing but Matinee's own checks "
            f"confines previews; install or upgrade the chart for the installation {installation}"
        )
    for one in admissions:
        if one.policy is not None:
            yield from _of_policy(one, installation, user)


def _of_policy(one: Admission, installation: str, user: str) -> Iterator[str]:
    version = text_of(at(one.policy, "metadata", "labels", _VERSION))
    if version != RELEASE:
        yield (
            f"the admission policy {one.name} is of release {version or 'unknown'}, and this worker of {RELEASE}; "
            "upgrade the chart and the image together"
        )
    if at(one.policy, "spec", "failurePolicy") != "Fail":
        yield f"the admission policy {one.name} lets pass what it cannot judge; its failurePolicy has to be Fail"
    if one.name.endswith("-worker"):
        yield from _of_worker(one, user)
    elif _selected(one.policy).get(f"{DOMAIN}/installation") != installation:
        yield f"the admission policy {one.name} selects no previews of {installation}; install the chart for it anew"
    yield from _of_binding(one)


def _of_worker(one: Admission, user: str) -> Iterator[str]:
    conditions = [text_of(at(each, "expression")) for each in list_of(at(one.policy, "spec", "matchConditions"))]
    if not any(f"'{user}'" in condition for condition in conditions):
        yield (
            f"the admission policy {one.name} confines another account than {user}, which Matinee is here; run it as "
            "the chart's account"
        )


def _of_binding(one: Admission) -> Iterator[str]:
    if one.binding is None or at(one.binding, "spec", "policyName") != one.name:
        yield f"no ValidatingAdmissionPolicyBinding {one.name} binds that policy, so it says nothing; upgrade the chart"
        return
    if "Deny" not in list_of(at(one.binding, "spec", "validationActions")):
        yield f"the ValidatingAdmissionPolicyBinding {one.name} denies nothing; its validationActions have to be [Deny]"
    if at(one.binding, "spec", "matchResources"):
        yield f"the ValidatingAdmissionPolicyBinding {one.name} exempts objects; take its matchResources away"


def _selected(policy: Any) -> dict[str, Any]:
    return mapping_of(at(policy, "spec", "matchConstraints", "namespaceSelector", "matchLabels"))
