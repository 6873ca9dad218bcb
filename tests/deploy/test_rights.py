"""The chart's roles give what the adapter asks for, and hardly more."""

from typing import Any

import pytest

from adapters.platforms.kubernetes.rights import DEPLOYER, WITHIN, Right, missing_in, of_examination, of_worker
from domain.manifests.admissions import policy_names
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


async def test_the_worker_may_do_exactly_what_it_has_to_within_a_preview(helm: Helm) -> None:
    """It makes what no pull request may touch; all else it does and sees as the deployer."""
    role = one_of(await helm.rendered(LEAST), "ClusterRole", "matinee-worker")
    (impersonating,) = [rule for rule in role["rules"] if rule["verbs"] == ["impersonate"]]

    assert impersonating["resourceNames"] == ["matinee-deployer"]
    assert {one for one in granted(role) if one[2] != WATCHED} == wanted(WITHIN)


async def test_in_the_whole_cluster_the_worker_may_hardly_do_anything(helm: Helm) -> None:
    """It handles namespaces and makes bindings of two roles; what it reads of a cluster is its namespaces."""
    role = one_of(await helm.rendered(LEAST), "ClusterRole", "matinee-worker-everywhere")
    (binding,) = [rule for rule in role["rules"] if rule["verbs"] == ["bind"]]

    assert set(binding["resourceNames"]) == {"matinee-preview", "matinee-worker"}
    assert {one for one in granted(role) if one[2] != WATCHED} == wanted(
        of_worker(("matinee-preview", "matinee-worker"))
    )


async def test_the_worker_may_look_at_its_own_policies_and_roles(helm: Helm) -> None:
    """What `matinee doctor` reads of a cluster is named one by one, and is nobody else's."""
    role = one_of(await helm.rendered(LEAST), "ClusterRole", "matinee-worker-examining")
    rights = of_examination(("matinee-preview", "matinee-worker"), policy_names("matinee"))

    assert granted(role) == wanted(rights)
    assert missing_in(role, rights) == ()
    assert {name for rule in role["rules"] for name in rule["resourceNames"]} == {
        name for right in rights for name in right.names
    }
