"""Who has no cluster is told why, and what to do."""

from pathlib import Path

import pytest

from domain.errors import PermanentError
from tests.cluster import described
from tests.cluster.available import VARIABLE, obstacle
from tests.cluster.described import Cluster


def test_a_cluster_of_ones_own_is_no_obstacle() -> None:
    """Who names a cluster needs neither root nor the programs that would make one."""
    assert obstacle({VARIABLE: "/somewhere/kubeconfig"}) is None


def test_a_described_cluster_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Another process uses the cluster that this one started."""
    written = Cluster(
        kubeconfig=tmp_path / "admin.yaml",
        registry="127.0.0.1:5000",
        private_registry="127.0.0.1:5001",
        domain="preview.localhost",
        http=80,
        https=443,
        authority=tmp_path / "previews.crt",
        first=1,
    )
    written.write()

    assert described.read(written.kubeconfig) == written


def test_a_kubeconfig_alone_is_not_enough(tmp_path: Path) -> None:
    """Who brings a cluster learns which file is missing, before a test fails for it."""
    with pytest.raises(PermanentError, match=described.FILE):
        described.read(tmp_path / "admin.yaml")


async def test_nobody_enters_a_cluster_that_the_tests_did_not_start(tmp_path: Path) -> None:
    """A test that needs to be on the node says so, where somebody else's cluster is used."""
    foreign = Cluster(
        kubeconfig=tmp_path / "admin.yaml",
        registry="registry.example",
        private_registry="private.example",
        domain="preview.example",
        http=80,
        https=443,
        authority=tmp_path / "previews.crt",
    )

    with pytest.raises(PermanentError, match="not started by the tests"):
        foreign.inside("true")
