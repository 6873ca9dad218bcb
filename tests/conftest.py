"""What was left out is said at the end of every run, and where everything must run, leaving out is failing."""

import os
from collections import Counter
from collections.abc import Generator, Sequence

import pytest

from tools.kubernetes import building

_LEFT_OUT = pytest.StashKey[Counter[str]]()
_SKIP_FAILS = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    """An empty account of what was left out, and whether a skipped test is a failure, as it is where CI=true."""
    config.stash[_LEFT_OUT] = Counter()
    config.stash[_SKIP_FAILS] = os.environ.get("CI") == "true"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests marked `cluster(needs="kwok")`, if options left them, skip themselves where that is not built."""
    for item in items:
        for name in _needs(item):
            if missing := building.missing(name):
                reason = (
                    f"no {', '.join(missing)} here: make {name if name in building.OTHERS else 'programs'} builds it"
                )
                item.add_marker(pytest.mark.skip(reason=reason))


def _needs(item: pytest.Item) -> list[str]:
    """The modules beyond those of every cluster that a test needs to be built."""
    return [str(mark.kwargs["needs"]) for mark in item.iter_markers("cluster") if "needs" in mark.kwargs]


def _is_optional(item: pytest.Item) -> bool:
    """Whether it may be left out everywhere: it needs what takes so long to build that CI runs it only when cached."""
    return any(name in building.OTHERS and building.missing(name) for name in _needs(item))


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """Tests that an option chose to leave out are counted by their marker."""
    for item in items:
        markers = [name for name in ("cluster", "slow", "server") if item.get_closest_marker(name)]
        item.config.stash[_LEFT_OUT][f"marked {markers[0]}" if markers else "not chosen"] += 1


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that skipped itself is counted by its reason, and failed where nothing may be left out."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        _count(item.config, report, optional=_is_optional(item))
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A file that skipped itself is counted, and failed, like a test."""
    report = yield
    if report.skipped:
        _count(collector.config, report)
    return report


def _count(config: pytest.Config, report: pytest.TestReport | pytest.CollectReport, *, optional: bool = False) -> None:
    """The reason is in the account; the report is a failure where CI=true, unless it is of an optional test."""
    reason = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
    config.stash[_LEFT_OUT][reason.removeprefix("Skipped: ")] += 1
    if config.stash[_SKIP_FAILS] and not optional:
        report.outcome = "failed"
        report.longrepr = f"left out, and under CI=true nothing may be: {reason}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """One line for each reason for which tests were left out, or one that says that none was."""
    left_out = config.stash[_LEFT_OUT]
    terminalreporter.section("left out")
    for reason, number in left_out.most_common():
        terminalreporter.write_line(f"{number} left out: {reason}")
    if not left_out:
        terminalreporter.write_line("nothing")
