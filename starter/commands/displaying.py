"""Displaying: a preview's checklist in a terminal, redrawn in place; elsewhere only what is new, line by line."""

import shutil
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import click
from temporalio.client import Client

from domain.checklists import TEARDOWNS, checklist_lines, duration, progress, step_label
from domain.errors import TemporaryError
from domain.messages import Status
from domain.names import Key
from domain.phases import StepState
from domain.reports import Report
from starter.following import as_report, follow

_COLOURS = {"✓": "green", "✗": "red", "…": "yellow"}
_ERASED = "\x1b[F\x1b[J"
"""Back to the beginning of the line above, and nothing below that any more (ECMA-48 CPL, ED)."""


class Display:
    """Shows one preview's checklist as its statuses come in. `terminal` says whether lines can be drawn anew."""

    def __init__(self, *, indent: str = "", terminal: bool = False, now: Callable[[], datetime]) -> None:
        self._indent = indent
        self._terminal = terminal
        self._now = now
        self._drawn = 0
        self._last: Report | None = None

    def show(self, lines: tuple[str, ...], status: Status) -> None:
        """What is new is seen; `lines` are what domain.checklists.progress makes of it, and none before it begins."""
        if not self._terminal:
            self._print(lines)
        elif lines or self._last:
            self._last = as_report(status)
            self._draw(self._unfinished(self._last))

    def end(self) -> None:
        """What was drawn stays, complete."""
        if self._last:
            self._erase()
            self._print(_whole(self._last))
            self._last = None

    def _draw(self, lines: tuple[str, ...]) -> None:
        # A line that is wrapped, or has left the screen above, could not be erased again.
        columns, rows = shutil.get_terminal_size()
        shown = tuple(line[: columns - len(self._indent) - 1] for line in lines[-(rows - 1) :])
        self._erase()
        self._print(shown)
        self._drawn = len(shown)

    def _erase(self) -> None:
        click.echo(_ERASED * self._drawn, nl=False, color=True)
        self._drawn = 0

    def _print(self, lines: tuple[str, ...]) -> None:
        for line in lines:
            click.echo(self._indent + styled(line))

    def _unfinished(self, report: Report) -> tuple[str, ...]:
        if report.phase in TEARDOWNS:
            return _whole(report)
        running = {
            step_label(step): duration((self._now() - step.began_at).total_seconds())
            for step in report.steps
            if step.state is StepState.RUNNING and step.began_at
        }
        steps = checklist_lines(report)[: len(report.steps)]
        return tuple(" ".join(filter(None, (line, running.get(line.split()[0])))) for line in steps)


async def followed(
    client: Client,
    key: Key,
    settled: Callable[[Status], bool],
    *,
    begun: Callable[[Status], bool],
    known: Status | None = None,
    indent: str = "",
) -> Status:
    """The status at which the preview was settled; its checklist was shown on the way (see starter.following)."""
    with display(indent=indent) as shown:
        async for lines, status in follow(client, key, settled, known=known, begun=begun):
            shown.show(lines, status)
            known = status
    if known is None:
        raise TemporaryError(f"the preview of {key} tells nothing")
    return known


@contextmanager
def display(*, indent: str = "") -> Generator[Display]:
    """A display on standard output, which stands complete after the block."""
    shown = Display(indent=indent, terminal=sys.stdout.isatty(), now=lambda: datetime.now(UTC))
    try:
        yield shown
    finally:
        shown.end()


def styled(line: str) -> str:
    """The line with its mark in colour."""
    for mark, colour in _COLOURS.items():
        line = line.replace(f"{mark} ", click.style(f"{mark} ", fg=colour), 1)
    return line


def _whole(report: Report) -> tuple[str, ...]:
    """All lines, in the order in which they would have come one by one; of a teardown not the rollout before it."""
    if report.phase in TEARDOWNS:
        return checklist_lines(replace(report, steps=()))
    return progress(None, report)
