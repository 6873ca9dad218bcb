"""A cluster that stays: `make cluster` and `make cluster-down`."""

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests import servers
from tests.cluster import available, described, staying

_OBSTACLE = available.obstacle({})

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.server,
    pytest.mark.slow,
    pytest.mark.skipif(_OBSTACLE is not None, reason=str(_OBSTACLE)),
]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that is not there yet; nothing runs in it afterwards."""
    with servers.open_folder() as made:
        yield made / "stays"
        staying.down(made / "stays")


async def test_a_cluster_stays_until_it_is_taken_down(folder: Path) -> None:
    """Who says `make cluster` twice has one cluster, which others find by its kubeconfig; then it is taken down."""
    first = await staying.up(folder)
    second = await staying.up(folder)
    nodes = await described.read(first.kubeconfig).kubectl("get", "nodes", "--output=name")
    staying.down(folder)

    assert first == second
    assert nodes == "node/node\n"
    assert first.first
    assert not psutil.pid_exists(first.first)
    assert not has_anything(folder)


def has_anything(folder: Path) -> bool:
    """Whether something of a cluster is left there or beside it."""
    return bool(list(folder.parent.iterdir()))


def test_nothing_to_take_down_is_no_error(folder: Path) -> None:
    """Who says `make cluster-down` twice sees the same as the first time."""
    staying.down(folder)

    assert not has_anything(folder)
