"""`matinee doctor`: tries each configured part, and says what to do about those that do not work."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import click

from domain.escaping import plain
from settings import load
from starter.commands.arguments import json_option
from starter.commands.examining import Check, checks
from starter.commands.options import data_option
from starter.commands.printing import print_json


@click.command()
@data_option
@json_option
def command(data: Path | None, as_json: bool) -> int:
    """Try every configured part and say what to do about each that does not work; exit code 1 if there is one.

    It changes nothing. Run it where the worker runs, with the same environment.
    """
    found = asyncio.run(checks(load(data)))
    if as_json:
        print_json(found)
    else:
        click.echo("\n".join(line for check in found for line in _lines(check)))
    return 1 if any(check.problems for check in found) else 0


def _lines(check: Check) -> Iterator[str]:
    yield f"{'✗' if check.problems else '✓'} {check.part}"
    for problem in check.problems:
        yield from (f"    {line}" for line in plain(problem).split("\n"))
