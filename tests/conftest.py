"""What was left out is said at the end of every run, and where everything must run, leaving out is failing."""

import os
from collections import Counter
from collections.abc import Generator, Sequence

import pytest

_LEFT_OUT = pytest.StashKey[Counter[str]]()
_SKIP_FAILS = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    """An empty account of what was left out, and whether a skipped test is a failure, as it is where CI=true."""
    config.stash[_LEFT_OUT] = Counter()
    config.stash[_SKIP_FAILS] = os.environ.get("CI") == "true"


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
        _count(item.config, report)
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


def _count(config: pytest.Config, report: pytest.TestReport | pytest.CollectReport) -> None:
    """The reason is in the account; the report is a failure where CI=true."""
    reason = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
    config.stash[_LEFT_OUT][reason.removeprefix("Skipped: ")] += 1
    if config.stash[_SKIP_FAILS]:
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
