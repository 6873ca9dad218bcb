"""The guide to a first preview on a cluster does what it says: its commands are run and its manifests are applied."""

import os
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster.commands import output
from tests.cluster.described import Cluster
from tests.cluster.external_secrets import external_secrets
from tests.deploy.charts import Helm, merged
from tests.docs.pages import DOCS, blocks
from tests.waiting import until
from tools.kubernetes.building import program
from tools.setup import ROOT

pytestmark = [pytest.mark.cluster, pytest.mark.server, pytest.mark.slow]

PAGE = (DOCS / "how-to" / "kubernetes.md").read_text()
PLACE = "matinee-guide"
YAML, SHELL = blocks(PAGE, "yaml"), blocks(PAGE, "sh")

ELSEWHERE: dict[str, Any] = {
    "installation": PLACE,
    "worker": {"replicas": 0},
    "receiver": {"replicas": 0},
    "previews": {"namespacePrefix": "guide-", "priorityClass": {"name": PLACE}},
}
"""What the test changes of the guide's values: no image is at its address, and other tests use the usual names."""


@pytest.fixture
async def shell(cluster: Cluster, tmp_path: Path) -> AsyncGenerator["Shell"]:
    """A shell of somebody who has cloned Matinee and may administer the cluster; what it made is gone afterwards."""
    (tmp_path / "deploy").symlink_to(ROOT / "deploy")
    one = Shell(cluster, tmp_path)
    await one(f"kubectl apply --filename - <<'END'\n{block('matinee-guide-ca')}\nEND")
    try:
        yield one
    finally:
        await one(f"helm uninstall matinee --ignore-not-found --namespace {PLACE}")
        await one(f"kubectl delete namespace {PLACE} --wait=false --ignore-not-found")
        await one(f"kubectl delete --ignore-not-found --filename - <<'END'\n{block('matinee-guide-ca')}\nEND")
        await one("kubectl --namespace cert-manager delete secret matinee-guide-ca --ignore-not-found")


class Shell:
    """Runs commands in a folder, with Helm and kubectl at hand."""

    def __init__(self, cluster: Cluster, folder: Path) -> None:
        self._folder = folder
        programs = (program("helm").parent, cluster.kubectl.program.parent)
        self._environment = {
            "PATH": ":".join((*map(str, programs), os.environ["PATH"])),
            "HOME": str(folder),
            "KUBECONFIG": str(cluster.kubeconfig),
            "POSTGRES_PASSWORD": "hush",
            "GITHUB_TOKEN": "hush",
            "WEBHOOK_SECRET": "hush",
        }

    async def __call__(self, text: str) -> str:
        """What the commands printed; PermanentError if one of them failed."""
        return await output(
            "/bin/sh", "-eu", "-c", f"cd {self._folder}\n{text}", environment=self._environment, within=120
        )

    def write(self, values: dict[str, Any]) -> None:
        """The file that the guide calls values.yaml."""
        (self._folder / "values.yaml").write_text(yaml.safe_dump(values))


async def test_the_guide_leads_to_an_installation(cluster: Cluster, shell: Shell) -> None:
    """Who types what it says has a Gateway with a wildcard certificate, and Matinee's secrets where it reads them."""
    await shell(command("create secret"))
    shell.write(merged(yaml.safe_load(block("MATINEE_HOME_OWNER")), ELSEWHERE))
    await shell(command("helm install"))

    async def ordered() -> bool:
        found = await cluster.kubectl.get(f"--namespace={PLACE}", "certificate", "preview-wildcard")
        conditions = found.get("status", {}).get("conditions", [])
        return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)

    await until(ordered, "the wildcard certificate is there", seconds=60)
    secret = await cluster.kubectl.get(f"--namespace={PLACE}", "secret", "matinee")
    assert set(secret["data"]) == {"ring", "password", "token", "webhook"}

    said = await shell(command("helm uninstall"))

    assert 'release "matinee" uninstalled' in said
    assert "guide-" not in said


@pytest.mark.parametrize(
    "words",
    [
        "letsencrypt",
        "kind: TLSStore",
        pytest.param("ClusterSecretStore", marks=pytest.mark.cluster(needs="externalsecrets")),
    ],
)
async def test_an_api_server_would_take_what_the_guide_shows(cluster: Cluster, tmp_path: Path, words: str) -> None:
    """Who copies a manifest for servers that no test has finds no field of it misspelt."""
    async with AsyncExitStack() as stack:
        if words == "ClusterSecretStore":
            await stack.enter_async_context(external_secrets(cluster, tmp_path))
        strictly = ("apply", "--dry-run=server", "--validate=strict", "--namespace=default", "--filename=-")
        said = await cluster.kubectl(*strictly, stdin=block(words).replace(PLACE, "default"))
    assert said.strip().endswith("created (server dry run)")


async def test_ingresses_are_served_by_the_store_of_the_guide(cluster: Cluster) -> None:
    """The certificate that visitors see in the tests of Ingresses is the default one by this manifest."""
    written = yaml.safe_load(block("kind: TLSStore"))
    found = await cluster.kubectl.get("tlsstores.traefik.io", "--all-namespaces")
    assert [(one["metadata"]["name"], one["spec"]) for one in found["items"]] == [
        (written["metadata"]["name"], written["spec"])
    ]


async def test_the_values_of_the_guide_name_secrets_that_it_makes(helm: Helm) -> None:
    """Nothing has to be guessed between its steps, External Secrets and copied Secrets included."""
    values = yaml.safe_load(block("MATINEE_HOME_OWNER"))
    for more in ("name: stripe", "namespace: preview-templates"):
        values = merged(values, yaml.safe_load(block(more)))
    objects = await helm.rendered(values, namespace=PLACE)

    commands = command("create secret")
    assert [one["key"] for one in values["secrets"] if f"--from-literal={one['key']}=" not in commands] == []
    store = yaml.safe_load(block("ClusterSecretStore"))
    (wanted,) = [one for one in objects if one["kind"] == "ClusterExternalSecret"]
    assert wanted["spec"]["externalSecretSpec"]["secretStoreRef"]["name"] == store["metadata"]["name"]
    (copied,) = [
        one for one in objects if one["metadata"]["name"] == "matinee-worker-templates" and one["kind"] == "Role"
    ]
    assert (copied["metadata"]["namespace"], copied["rules"][0]["resourceNames"]) == (
        "preview-templates",
        ["mail", "stripe"],
    )


def block(words: str) -> str:
    """The first YAML of the guide in which these words stand."""
    return next(one for one in YAML if words in one)


def command(words: str) -> str:
    """The first commands of the guide in which these words stand."""
    return next(one for one in SHELL if words in one)
