"""What the worker may not do: whoever took it over would have previews, and nothing else of the cluster."""

import json
from typing import Any

import pytest

from adapters.platforms.kubernetes.rights import DEPLOYER
from domain.manifests.rules import Rules
from tests.cluster import objects
from tests.deploy.asking import Account
from tests.deploy.installing import Installed

pytestmark = [pytest.mark.cluster, pytest.mark.server, pytest.mark.slow]

RIGHTS = "rbac.authorization.k8s.io"


def namespace(installed: Installed, name: str, **changed: str) -> dict[str, Any]:
    """A namespace like that of a preview, with these labels changed; one changed to nothing is absent."""
    labels = {
        "matinee.dev/preview": "true",
        "matinee.dev/installation": installed.name,
        "matinee.dev/label": "x-1",
        "pod-security.kubernetes.io/enforce": "restricted",
    }
    written = {**labels, **{key.replace("__", "/").replace("_", "-"): value for key, value in changed.items()}}
    return objects.namespace(name, **{key: value for key, value in written.items() if value})


def binding(installed: Installed, place: str, role: str, **subject: str) -> dict[str, Any]:
    """A binding of this role to the worker itself, unless told otherwise."""
    worker = {"kind": "User", "apiGroup": RIGHTS, "name": installed.worker.user}
    return {
        "apiVersion": f"{RIGHTS}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "taken", "namespace": place},
        "roleRef": {"apiGroup": RIGHTS, "kind": "ClusterRole", "name": role},
        "subjects": [subject or worker],
    }


async def test_the_worker_makes_namespaces_of_previews(installed: Installed) -> None:
    """The example that the refusals below differ from by one thing each."""
    assert await installed.worker.applied(namespace(installed, f"{installed.name}-p-x-1")) == ""


@pytest.mark.parametrize(
    "changed",
    [
        {"matinee.dev__preview": ""},
        {"matinee.dev__installation": "another"},
        {"matinee.dev__label": ""},
        {"pod_security.kubernetes.io__enforce": "privileged"},
        {"pod_security.kubernetes.io__enforce": ""},
    ],
    ids=str,
)
async def test_the_worker_makes_no_namespace_without_our_labels(installed: Installed, changed: dict[str, str]) -> None:
    """A namespace that no policy would watch cannot be made."""
    said = await installed.worker.applied(namespace(installed, f"{installed.name}-p-x-1", **changed))
    assert "(namespace)" in said


async def test_the_worker_makes_no_namespace_without_our_prefix(installed: Installed) -> None:
    """It cannot take a name that somebody else waits for."""
    assert "(namespace)" in await installed.worker.applied(namespace(installed, "production"))


@pytest.mark.parametrize("place", ["kube-system", "default", "matinee-system"])
async def test_the_worker_touches_no_other_namespace(installed: Installed, place: str) -> None:
    """It can neither label one as ours, nor remove it."""
    labelled = await installed.worker("label", "namespace", place, "matinee.dev/preview=true", "--dry-run=server")
    removed = await installed.worker("delete", "namespace", place, "--dry-run=server")

    assert "(namespace)" in labelled
    assert "(namespace)" in removed or "may not be deleted" in removed


async def test_a_preview_stays_a_preview(installed: Installed, preview: Rules) -> None:
    """Its labels cannot be taken away, nor its security lowered, nor can it become another's."""
    relabelled = {
        "matinee.dev/preview-": "(namespace)",
        "matinee.dev/label=other-1": "(mark)",
        "pod-security.kubernetes.io/enforce=privileged": "(namespace)",
    }
    for label, rule in relabelled.items():
        words = ("label", "namespace", preview.namespace, label, "--overwrite", "--dry-run=server")
        assert rule in await installed.worker(*words), label


@pytest.mark.parametrize("place", ["kube-system", "default", "matinee-system"])
async def test_the_worker_binds_nothing_outside_previews(installed: Installed, place: str) -> None:
    """Its own role in kube-system would be every Secret there."""
    for role in (f"{installed.name}-worker", f"{installed.name}-preview"):
        assert "(namespace)" in await installed.worker.applied(binding(installed, place, role))


@pytest.mark.parametrize("role", ["cluster-admin", "admin", "edit", "view"])
async def test_the_worker_binds_no_other_role(installed: Installed, preview: Rules, role: str) -> None:
    """Not even inside a preview does it become more than it is."""
    said = await installed.worker.applied(binding(installed, preview.namespace, role))
    # Where the list of rights that it lacks is long, only its end is kept.
    assert "forbidden" in said or "Verbs:" in said


async def test_the_worker_binds_its_roles_to_nobody_else(installed: Installed, preview: Rules) -> None:
    """A pod's account does not become the deployer."""
    account = {"kind": "ServiceAccount", "name": "default", "namespace": preview.namespace}
    foreign = {"kind": "ServiceAccount", "name": "matinee-deployer", "namespace": "kube-system"}
    for role in (f"{installed.name}-worker", f"{installed.name}-preview"):
        for subject in (account, foreign):
            said = await installed.worker.applied(binding(installed, preview.namespace, role, **subject))
            assert "(role-binding)" in said, (role, subject)


async def test_the_worker_binds_nothing_cluster_wide(installed: Installed) -> None:
    """There is no way to its roles in all namespaces at once."""
    everywhere = binding(installed, "default", f"{installed.name}-worker") | {"kind": "ClusterRoleBinding"}
    everywhere["metadata"] = {"name": f"{installed.name}-taken"}
    assert "forbidden" in await installed.worker.applied(everywhere)


@pytest.mark.parametrize("place", ["kube-system", "default", "cert-manager", "matinee-system"])
async def test_the_worker_reads_no_secret_outside_previews(installed: Installed, place: str) -> None:
    """Nor does it read its own namespace's: what it needs of those is given to it by the kubelet."""
    for where in (place, installed.name):
        assert not await installed.worker.may("get", "secrets", where)
        assert "forbidden" in await installed.worker("get", "secrets", f"--namespace={where}")


async def test_the_worker_reads_secrets_of_previews(installed: Installed, preview: Rules) -> None:
    """Else the test above would show nothing."""
    assert await installed.worker.may("get", "secrets", preview.namespace)


async def test_the_worker_acts_as_nobody_but_the_deployer_of_a_preview(installed: Installed, preview: Rules) -> None:
    """Neither a user, nor a group, nor the deployer of a namespace that is no preview."""
    assert await installed.worker.may("impersonate", "serviceaccounts", preview.namespace, name="matinee-deployer")
    assert not await installed.worker.may("impersonate", "serviceaccounts", preview.namespace, name="default")
    assert not await installed.worker.may("impersonate", "serviceaccounts", "kube-system", name="matinee-deployer")
    assert not await installed.worker.may("impersonate", "users", "")
    assert not await installed.worker.may("impersonate", "groups", "")


async def test_the_worker_makes_no_token_and_no_account(installed: Installed, preview: Rules) -> None:
    """What it makes in a preview gives nobody an identity."""
    place = {"namespace": preview.namespace}
    token = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "token", "annotations": {"kubernetes.io/service-account.name": "default"}, **place},
        "type": "kubernetes.io/service-account-token",
    }
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "robot", **place}}
    cloud = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "default", "annotations": {"eks.amazonaws.com/role-arn": "arn"}, **place},
        "automountServiceAccountToken": False,
    }

    assert "(secret-type)" in await installed.worker.applied(token)
    assert "(service-account)" in await installed.worker.applied(account)
    assert "(service-account)" in await installed.worker.applied(cloud)
    assert not await installed.worker.may("create", "serviceaccounts", preview.namespace, below="token")


@pytest.mark.parametrize("place", ["kube-system", "default", "matinee-system"])
async def test_the_deployer_has_no_right_outside_its_preview(installed: Installed, preview: Rules, place: str) -> None:
    """What a pull request wrote is applied by somebody who is nobody elsewhere."""
    stranger = Account(installed.kubectl, f"system:serviceaccount:{installed.name}:nobody")

    assert await installed.deployer(preview).rights(place) == await stranger.rights(place)


async def test_the_deployer_enters_no_pod_and_forges_no_answer(installed: Installed, preview: Rules) -> None:
    """No part of an object but its log is the deployer's: no shell, no debugger, no tunnel, no status, no token."""
    stranger = Account(installed.kubectl, f"system:serviceaccount:{installed.name}:nobody")
    deployer = installed.deployer(preview)

    rights = await deployer.rights(preview.namespace) - await stranger.rights(preview.namespace)

    assert {(resource, verb) for _, resource, verb in rights if "/" in resource} == {("pods/log", "get")}
    assert {one for one in rights if one[2] != "watch"} == {
        (right.group, resource, verb) for right in DEPLOYER for resource in right.resources for verb in right.verbs
    }
    for below in ("exec", "attach", "portforward", "proxy", "ephemeralcontainers", "eviction", "binding", "resize"):
        assert not await deployer.may("create", "pods", preview.namespace, below=below), below


async def test_nobody_else_is_disturbed(installed: Installed, preview: Rules) -> None:
    """An administrator, and whoever works in other namespaces, notices nothing of the policies."""
    role: dict[str, Any] = {
        "apiVersion": f"{RIGHTS}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": installed.name},
        "rules": [],
    }
    latest = objects.pod("default", installed.name, "example.com/any:latest")
    for one in (role, latest, objects.namespace("production")):
        await installed.kubectl("apply", "--server-side", "--dry-run=server", "--filename=-", stdin=json.dumps(one))
    await installed.kubectl("label", "namespace", preview.namespace, "team=payments", "--dry-run=server")
