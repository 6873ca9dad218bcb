"""What the tests of the Kubernetes platform share: a bench of it on the test cluster."""

from collections.abc import AsyncGenerator

import pytest

from tests.cluster.described import Cluster
from tests.contracts.benches_kubernetes import KubernetesBench, opened


@pytest.fixture
async def bench(cluster: Cluster) -> AsyncGenerator[KubernetesBench]:
    """The platform in namespaces of its own, asked as an account with the worker's rights and no more."""
    async with opened(cluster) as bench:
        yield bench
