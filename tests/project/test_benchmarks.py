"""What `make bench` promises: each benchmark runs by itself and tells a figure beside its goal."""

import asyncio
import re
import sys
from pathlib import Path

import pytest

from tests.project.sources import ROOT

BENCHMARKS = sorted((ROOT / "benchmarks").glob("[a-z]*.py"))
FIGURE = re.compile(
    r"^[a-z].*: -?[\d.e+]+ \[.* … .*\].* \(goal: at (?:most|least) [\d.]+.*, "
    r"(?:met|missed) by the median, met in \d+ of \d+\)$",
    re.MULTILINE,
)


def test_each_benchmark_is_explained() -> None:
    """Who reads a figure finds in one place what it compares, its goal, and how to measure it again."""
    text = (ROOT / "docs" / "performance.md").read_text()

    assert len(BENCHMARKS) == 4
    assert [path.name for path in BENCHMARKS if f"python benchmarks/{path.name}" not in text] == []


@pytest.mark.server
@pytest.mark.slow
@pytest.mark.parametrize("path", BENCHMARKS, ids=lambda path: path.stem)
async def test_a_benchmark_measures_on_its_own(path: Path) -> None:
    """`make bench` works on a machine that has nothing but what `make ready` made."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(path), "--quick"), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()

    assert process.returncode == 0, output.decode()
    assert FIGURE.search(output.decode()), output.decode()
