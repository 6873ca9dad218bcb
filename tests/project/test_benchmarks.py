"""What `make bench` promises: each benchmark runs by itself and tells a figure beside its goal."""

import asyncio
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.available import VARIABLE
from tests.cluster.described import Cluster
from tests.project.sources import ROOT

BENCHMARKS = sorted((ROOT / "benchmarks").glob("[a-z]*.py"))
ON_CLUSTERS = sorted((ROOT / "benchmarks" / "on_clusters").glob("[a-z]*.py"))
FIGURE = re.compile(
    r"^[a-z].*: -?[\d.e+]+ \[.* … .*\].* \(goal: at (?:most|least) [\d.]+.*, "
    r"(?:met|missed) by the median, met in \d+ of \d+\)$",
    re.MULTILINE,
)


def test_each_benchmark_is_explained() -> None:
    """Who reads a figure finds in one place what it compares, its goal, and how to measure it again."""
    text = (ROOT / "docs" / "performance.md").read_text()

    assert len(BENCHMARKS) == 4
    assert len(ON_CLUSTERS) == 2
    paths = [str(path.relative_to(ROOT)) for path in (*BENCHMARKS, *ON_CLUSTERS)]
    assert [path for path in paths if f"python {path}" not in text] == []


@pytest.mark.server
@pytest.mark.slow
@pytest.mark.parametrize("path", BENCHMARKS, ids=lambda path: path.stem)
async def test_a_benchmark_measures_on_its_own(path: Path) -> None:
    """`make bench` works on a machine that has nothing but what `make ready` made."""
    await tells_a_figure(path)


def needing(path: Path) -> Any:
    """The benchmark as a case, which needs kwok only where it has nodes played."""
    played = "tests.cluster.simulating" in path.read_text()
    return pytest.param(path, id=path.stem, marks=[pytest.mark.cluster(needs="kwok")] if played else [])


@pytest.mark.cluster
@pytest.mark.server
@pytest.mark.slow
@pytest.mark.parametrize("path", [needing(path) for path in ON_CLUSTERS])
async def test_a_benchmark_measures_on_a_cluster(path: Path, cluster: Cluster) -> None:
    """`make bench-clusters` works on a cluster that is there, too."""
    await tells_a_figure(path, **{VARIABLE: str(cluster.kubeconfig)})


async def tells_a_figure(path: Path, **variables: str) -> None:
    """The benchmark, as short as can be, ends well and tells at least one figure beside its goal."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(path), "--quick"),
        env=os.environ | variables,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()

    assert process.returncode == 0, output.decode()
    assert FIGURE.search(output.decode()), output.decode()
