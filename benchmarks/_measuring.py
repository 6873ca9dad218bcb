"""Measuring: how every benchmark is started, and how figures of a noisy machine are told honestly.

A figure stands for itself only if it is a ratio or a difference of two things that were measured in the same run,
in turn. So each benchmark goes back and forth between the two for several rounds and tells all of them: the median
is the figure, and the distance from least to most says what it is worth.
"""

import argparse
import asyncio
import os
import platform
import statistics
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

ENDING = 0.2
"""Seconds before the end: Temporal's library may abort an interpreter that ends right after its last call."""


def measure(title: str, benchmark: Callable[[bool], Awaitable[None]]) -> None:
    """The benchmark has run, under a heading that says what it compares, on which machine, and when."""
    parser = argparse.ArgumentParser(description=title)
    parser.add_argument("--quick", action="store_true", help="as short as can be: shows that it works, not how fast")
    quick: bool = parser.parse_args().quick
    say(title)
    say(f"{os.cpu_count()} cores, {platform.machine()}, load {os.getloadavg()[0]:.1f}, {datetime.now(UTC):%Y-%m-%d}")
    asyncio.run(_run(benchmark, quick=quick))


async def _run(benchmark: Callable[[bool], Awaitable[None]], *, quick: bool) -> None:
    await benchmark(quick)
    await asyncio.sleep(ENDING)


def say(line: str) -> None:
    """The line is printed at once, so that a long run shows how far it is."""
    print(line, flush=True)


def told(name: str, figures: Sequence[float], goal: float, *, unit: str = "", at_most: bool = True) -> None:
    """The figure has been told: median, least and most of the rounds, and in how many of them it meets its goal."""
    met = sum(figure <= goal if at_most else figure >= goal for figure in figures)
    middle = statistics.median(figures)
    verdict = "met" if (middle <= goal if at_most else middle >= goal) else "missed"
    bound = "at most" if at_most else "at least"
    rounds = f"{verdict} by the median, met in {met} of {len(figures)}"
    say(f"{name}: {spread(figures)}{unit} (goal: {bound} {goal:.3g}{unit}, {rounds})")


def spread(figures: Sequence[float]) -> str:
    """The median, with the least and the most in brackets."""
    return f"{statistics.median(figures):.3g} [{min(figures):.3g} … {max(figures):.3g}]"


def percentile(figures: Sequence[float], share: float) -> float:
    """The figure below which this share of all lies."""
    ordered = sorted(figures)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
