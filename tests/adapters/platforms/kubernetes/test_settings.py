"""Settings of a Kubernetes platform: what they mean, and what is said of wrong ones."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from clusters import rules_of, supplies_of
from composition import composed
from domain.errors import PermanentError
from domain.manifests.networks import Network, Pods
from domain.manifests.rules import Gateway, Toleration
from domain.manifests.supplies import Supplies
from domain.phases import Reason
from sections import KubernetesPlatformSettings
from settings import Settings, explained


def settings(tmp_path: Path, **platform: Any) -> Settings:
    """An installation with one Kubernetes platform."""
    return Settings(data=tmp_path, platforms={"main": {"kind": "kubernetes", **platform}})  # pyright: ignore[reportArgumentType] - as the environment gives it


def test_what_is_set_holds_for_every_preview() -> None:
    """Gateway, quota, pool, entrances and roles come from the operator's settings."""
    rules = rules_of(
        "matinee",
        KubernetesPlatformSettings(
            gateway="matinee-system/preview/https",
            cpu=4,
            memory_mib=4096,
            pool={"pool": "spot"},
            tolerations=["spot", "team=web:NoExecute"],
            entrances=["10.0.0.5/32", "traefik", "traefik/proxy"],
            egress=["0.0.0.0/0"],
            database=["10.2.0.0/24"],
        ),
    )

    assert rules.gateway == Gateway(namespace="matinee-system", name="preview", section="https")
    assert (rules.quota.cpu, rules.quota.memory_mib) == (4, 4096)
    assert rules.pool
    assert rules.pool.tolerations == (Toleration(key="spot"), Toleration(key="team", value="web", effect="NoExecute"))
    names = {"app.kubernetes.io/name": "proxy"}
    assert rules.entrances == (Network("10.0.0.5/32"), Pods("traefik"), Pods("traefik", names))
    assert rules.egress == (Network("0.0.0.0/0"),)
    assert rules.database
    assert rules.database.port == 5432
    assert (rules.role, rules.worker_role) == ("matinee-preview", "matinee-worker")


def test_secrets_are_given_by_repository() -> None:
    """What an operator writes for a repository is what its previews are given."""
    supplies = supplies_of(
        KubernetesPlatformSettings(
            gateway="a/b", templates="templates", secrets={"acme/*": ["stripe"]}, external_secrets={"*": ["maps"]}
        )
    )

    assert supplies == Supplies(templates="templates", copied={"acme/*": ("stripe",)}, external={"*": ("maps",)})


def test_an_installation_has_its_charts_roles() -> None:
    """A second installation's chart names its roles by the installation, and its settings need not."""
    rules = rules_of("staging", KubernetesPlatformSettings(ingress="nginx", ingress_controller="nginx"))

    assert (rules.role, rules.worker_role) == ("staging-preview", "staging-worker")
    assert rules.ingress
    assert "matinee-system/matinee-noindex" in str(rules.ingress.annotations)


@pytest.mark.parametrize(
    ("platform", "said"),
    [
        ({}, "give either GATEWAY, as NAMESPACE/NAME, or INGRESS"),
        ({"gateway": "preview"}, "MATINEE_PLATFORMS__MAIN__GATEWAY"),
        ({"gateway": "a/b", "ingress": "nginx"}, "give either GATEWAY"),
        ({"gateway": "a/b", "egress": ["everywhere"]}, "is no network"),
        ({"gateway": "a/b", "secrets": {"*": ["stripe"]}}, "SECRETS needs TEMPLATES"),
        ({"ingress": "nginx", "certificate": "wildcard"}, "CERTIFICATE needs TEMPLATES"),
        (
            {"gateway": "a/b", "templates": "t", "secrets": {"*": ["a"]}, "external_secrets": {"acme/*": ["a"]}},
            "a is both copied and in EXTERNAL_SECRETS",
        ),
        ({"gateway": "a/b", "templates": "t", "secrets": {"*": ["Stripe"]}}, "MATINEE_PLATFORMS__MAIN__SECRETS"),
        ({"gateway": "a/b", "cpu": 0}, "MATINEE_PLATFORMS__MAIN__CPU"),
        ({"gateway": "a/b", "prefix": "Preview"}, "MATINEE_PLATFORMS__MAIN__PREFIX"),
    ],
)
def test_a_wrong_setting_is_named_with_its_cure(tmp_path: Path, platform: dict[str, Any], said: str) -> None:
    """A slip stops the start, with the variable and what to write."""
    with pytest.raises(ValidationError) as caught:
        settings(tmp_path, **platform)

    assert said in explained(caught.value)


def test_a_platform_without_a_kind_is_this_machine(tmp_path: Path) -> None:
    """What was configured before there were clusters goes on as it was."""
    kept = Settings(data=tmp_path, platforms={"local": {"own_users": False}})  # pyright: ignore[reportArgumentType] - as above

    assert kept.platforms["local"].kind == "local"


async def test_a_kubeconfig_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A wrong path is told at the start, and not at the first preview."""
    missing = tmp_path / "missing.yaml"

    with pytest.raises(PermanentError, match=r"missing\.yaml is not there") as caught:
        async with composed(settings(tmp_path, gateway="a/b", kubeconfig=str(missing))):
            pass

    assert caught.value.reason is Reason.SETTINGS


async def test_outside_of_a_pod_a_kubeconfig_is_asked_for(tmp_path: Path) -> None:
    """Without a kubeconfig, and not in a cluster, I am told which setting is missing."""
    with pytest.raises(PermanentError, match="KUBECONFIG"):
        async with composed(settings(tmp_path, gateway="a/b")):
            pass


async def test_who_has_no_cluster_does_not_load_its_client() -> None:
    """The command line and a worker of one machine start without waiting for what they never use."""
    program = "import composition, sys; sys.exit('kubernetes' in sys.modules)"
    done = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", program], check=False)

    assert done.returncode == 0
