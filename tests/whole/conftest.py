"""The one Matinee in the cluster that its tests share: an installation costs more than most of them."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from embedded.postgres import Postgres
    from tests.cluster.described import Cluster
    from tests.whole.hosting import Hosted


@pytest.fixture(scope="session")
async def house(cluster: "Cluster", postgres18: "Postgres", matinee_image: str) -> "AsyncIterator[Hosted]":
    """Matinee in the cluster, from its own image under the rights of its own chart: use repositories of your own."""
    # Imported here, because pytest loads this file for every run of any test beside it.
    from tests.whole.hosting import hosted  # noqa: PLC0415

    async with hosted(cluster, postgres18, matinee_image) as one:
        yield one
