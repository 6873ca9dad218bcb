"""`matinee list`: every preview that is not over, a line each."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import click

from domain.checklists import COMMIT_LENGTH, duration
from domain.phases import Reason
from settings import load
from starter.commands.arguments import connected, json_option
from starter.commands.options import data_option
from starter.commands.printing import costed_fields, print_json, table
from starter.listing import Line, Previews

HEADING = ("KEY", "PHASE", "FOR", "LIVE", "URL", "REASON")

NONE_YET = """\
There are no previews.
A preview appears when a pull request is opened. To see one of a repository on this machine:
  matinee try PATH      its committed state, if it has a .matinee.yaml
  matinee demo          an example, from its first push to its end"""


@click.command()
@data_option
@json_option
def command(data: Path | None, as_json: bool) -> None:
    """List the previews: phase and for how long, live commit, URL, and why one is not ready.

    No worker needs to run for this.
    """
    lines = asyncio.run(_lines(data))
    now = datetime.now(UTC)
    if as_json:
        print_json([costed_fields(line, now) for line in lines])
        return
    rows = table((HEADING, *(_row(line, now) for line in lines))) if lines else [NONE_YET]
    click.echo("\n".join(rows))


async def _lines(data: Path | None) -> tuple[Line, ...]:
    async with connected(load(data)) as client:
        return await Previews(client)()


def _row(line: Line, now: datetime) -> tuple[str, ...]:
    reason = "" if line.reason in {"", Reason.NONE.value} else line.reason
    lasted = duration((now - line.since).total_seconds()) if line.since else ""
    return (str(line.key), line.phase, lasted, line.commit[:COMMIT_LENGTH], line.url, reason)
