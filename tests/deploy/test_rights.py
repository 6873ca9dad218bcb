"""The chart's roles give what the adapter asks for, and hardly more."""

from typing import Any

import pytest

from adapters.platforms.kubernetes.rights import DEPLOYER, WITHIN, Right
from tests.deploy.charts import LEAST, Helm, one_of

pytestmark = [pytest.mark.cluster, pytest.mark.server]

WATCHED = "watch"
"""Whoever may list may watch, which shows nothing more."""


def granted(role: dict[str, Any]) -> set[tuple[str, str, str]]:
    """Every verb that a role gives on every resource of every group."""
    return {
        (group, resource, verb)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def wanted(rights: tuple[Right, ...]) -> set[tuple[str, str, str]]:
    """The same of what the adapter asks for."""
    return {(one.group, resource, verb) for one in rights for resource in one.resources for verb in one.verbs}


async def test_the_deployer_may_do_exactly_what_the_adapter_does_in_its_name(helm: Helm) -> None:
    """A right that is missing would be told to a pull request, and one too many would be a stranger's."""
    role = one_of(await helm.rendered(LEAST), "ClusterRole", "matinee-preview")
    assert {one for one in granted(role) if one[2] != WATCHED} == wanted(DEPLOYER)


async def test_the_worker_may_do_what_it_has_to_within_a_preview(helm: Helm) -> None:
    """Besides, it only looks, binds its two roles, and acts as the deployer."""
    role = one_of(await helm.rendered(LEAST), "ClusterRole", "matinee-worker")
    others = granted(role) - wanted(WITHIN)

    assert wanted(WITHIN) <= granted(role)
    changing = {one for one in others if one[2] not in ("get", "list", WATCHED)}
    bindings = {("rbac.authorization.k8s.io", "rolebindings", verb) for verb in ("create", "patch", "delete")}
    assert changing == {*bindings, ("", "serviceaccounts", "impersonate")}


async def test_in_the_whole_cluster_the_worker_may_hardly_do_anything(helm: Helm) -> None:
    """It handles namespaces and makes bindings; what it reads of a cluster is the names of its namespaces."""
    role = one_of(await helm.rendered(LEAST), "ClusterRole", "matinee-worker-everywhere")
    verbs = ("get", "list", "watch", "create", "patch", "delete")
    assert granted(role) == {
        *(("", "namespaces", verb) for verb in verbs),
        *(("rbac.authorization.k8s.io", "rolebindings", verb) for verb in ("create", "patch")),
        ("rbac.authorization.k8s.io", "clusterroles", "bind"),
    }
