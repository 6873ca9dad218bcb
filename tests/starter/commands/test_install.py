"""`matinee install` looks at a cluster and says what to type next; it changes nothing."""

from pathlib import Path

import pytest

from tests.cluster.described import Cluster
from tests.starter.commands.command_lines import CommandLine

NOBODY = {"TEMPORAL_ADDRESS": "127.0.0.1:9", "MATINEE_DATABASES__MAIN__PORT": "9"}


def shell(folder: Path) -> CommandLine:
    """A shell in which nothing of Matinee answers."""
    return CommandLine(folder, {**NOBODY, "MATINEE_DATA": str(folder), "HOME": str(folder)})


async def test_without_a_cluster_the_cure_is_said(tmp_path: Path) -> None:
    """Who has no kubeconfig is told which file was looked for, in a sentence and not in a traceback."""
    said = await shell(tmp_path)("install")

    assert said.code == 1
    assert f"the kubeconfig {tmp_path}/.kube/config is not there; correct" in said.err
    assert "Traceback" not in said.err


async def test_a_cluster_that_is_away_is_named(tmp_path: Path) -> None:
    """A kubeconfig that leads nowhere is no reason to wait for ever."""
    (tmp_path / "config").write_text(
        "{current-context: a, contexts: [{name: a, context: {cluster: a}}],"
        " clusters: [{name: a, cluster: {server: 'http://127.0.0.1:9'}}]}"
    )
    said = await shell(tmp_path)("install", "--kubeconfig", str(tmp_path / "config"))

    assert (said.code, said.out) == (1, "")
    assert "the API server of Kubernetes does not answer" in said.err


@pytest.mark.cluster
@pytest.mark.server
@pytest.mark.slow
async def test_it_says_what_a_real_cluster_lacks(cluster: Cluster, tmp_path: Path) -> None:
    """The Gateway API, Traefik and cert-manager are found; for the rest, commands are there to be typed."""
    where = ("--kubeconfig", str(cluster.kubeconfig), "--namespace", "not-there")
    before = await cluster.kubectl("get", "namespaces", "--output=name")
    people = await shell(tmp_path)("install", *where)
    program = await shell(tmp_path)("install", "--json", *where)

    done = {one["name"]: one["done"] for one in program.json}
    assert {name for name, there in done.items() if there} >= {"gateway-api", "controller", "cert-manager", "issuer"}
    assert not any(done[name] for name in ("temporal", "database", "namespace", "secret", "chart"))
    assert "    $ kubectl create namespace not-there" in people.out.splitlines()
    assert "\nNext: temporal" in people.out
    assert (people.code, program.code) == (1, 1)
    assert await cluster.kubectl("get", "namespaces", "--output=name") == before
