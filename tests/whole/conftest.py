"""What the tests of Matinee in the cluster share: one installation, which costs more than most of them; ways out."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from embedded.postgres import Postgres
    from tests.cluster.described import Cluster
    from tests.whole.hosting import Hosted


@pytest.fixture(scope="session")
async def outside(cluster: "Cluster", postgres18: "Postgres") -> "AsyncIterator[Postgres]":
    """PostgreSQL, which pods reach from now on, as they do the registries: what all installations have in common."""
    from tests import servers  # noqa: PLC0415 - as below
    from tests.whole.hosting import ways_out  # noqa: PLC0415 - as below

    with servers.open_folder() as folder:
        async with ways_out(cluster, postgres18, folder):
            yield postgres18


@pytest.fixture(scope="session")
async def house(cluster: "Cluster", outside: "Postgres", matinee_image: str) -> "AsyncIterator[Hosted]":
    """Matinee in the cluster, from its own image under the rights of its own chart: use repositories of your own."""
    # Imported here, because pytest loads this file for every run of any test beside it.
    from tests.whole.hosting import hosted  # noqa: PLC0415

    async with hosted(cluster, outside, matinee_image) as one:
        yield one
