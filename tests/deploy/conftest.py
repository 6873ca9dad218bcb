"""What the tests of the chart share: Helm, and the chart installed in the test cluster."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from domain.manifests.rules import Rules
from tests.cluster.described import Cluster
from tests.deploy import installing
from tests.deploy.charts import Helm
from tests.deploy.installing import Installed
from tools.kubernetes import building


@pytest.fixture
def helm(tmp_path: Path) -> Helm:
    """Helm, which keeps its things in a folder of the test's."""
    if building.missing("helm"):
        pytest.skip("no Helm here: make programs builds it")
    return Helm(tmp_path)


@pytest.fixture(scope="session")
async def installed(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Installed]:
    """The chart's rights and policies, in force; its workloads have no replicas, as there is no image."""
    async with installing.installed(cluster, tmp_path_factory.mktemp("helm")) as one:
        yield one


@pytest.fixture(scope="session")
async def preview(installed: Installed) -> AsyncGenerator[Rules]:
    """The rules of a preview whose namespace the worker has made."""
    async with installed.preview("shop-12") as rules:
        yield rules
