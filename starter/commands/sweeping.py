"""`matinee sweep`: looks everywhere for what does not fit together, now."""

import asyncio
import uuid
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import click
from temporalio.client import Client, WorkflowFailureError
from temporalio.service import RPCError, RPCStatusCode

from domain.errors import PermanentError, TemporaryError
from domain.sweeping import SweepInput, SweepReport
from settings import Settings, load
from starter.commands.arguments import connected, json_option
from starter.commands.options import data_option
from starter.commands.printing import plain_fields, print_json
from workflows.sweep import described

WORKFLOW = "SweepWorkflow"

PATIENCE = 10.0
"""Seconds after which a person who waits for a sweep is told that this may be for want of a worker."""


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--approve", metavar="RUN", help="Do what this run held back; RUN is what it printed as its name.")
@data_option
@json_option
def command(dry_run: bool, approve: str | None, data: Path | None, as_json: bool) -> None:
    """Compare forges, previews and all that was made for them; start, close and repair what does not fit.

    It closes at most a tenth of all previews, then holds the rest back for a person to look at: see --approve.
    """
    run, report = asyncio.run(_swept(load(data), dry_run=dry_run, approve=approve))
    if as_json:
        print_json({"run": run, **plain_fields(report)})
        return
    click.echo(described(report))
    if report.held_back:
        click.echo(f"Look at what is held back; if it may go: matinee sweep --approve {run}")


async def _swept(settings: Settings, *, dry_run: bool, approve: str | None) -> tuple[str, SweepReport]:
    async with connected(settings) as client:
        wanted = SweepInput(dry_run=dry_run)
        if approve:
            wanted = approved(await _report(client, approve), dry_run=dry_run)
        run = f"sweep-by-hand-{uuid.uuid4().hex[:8]}"
        await client.start_workflow(
            WORKFLOW, wanted, id=run, task_queue=settings.temporal.task_queue, static_summary="asked for by hand"
        )
        return run, await _patiently(_report(client, run))


def approved(report: SweepReport, *, dry_run: bool) -> SweepInput:
    """What that run held back may now go, and what it had seen counts as seen."""
    return SweepInput(
        dry_run=dry_run,
        approved=tuple(finding.key for finding in report.held_back),
        earlier=report.sightings,
    )


async def _report(client: Client, run: str) -> SweepReport:
    """The report of the run of this name, once it has ended."""
    handle: Any = client.get_workflow_handle(run, result_type=SweepReport)
    try:
        report: SweepReport = await handle.result()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        raise PermanentError(f"there is no sweep of the name {run!r}; `matinee sweep` prints it") from error
    except WorkflowFailureError as error:
        raise TemporaryError(f"the sweep {run} did not end well: {error.cause}; look at it in Temporal's UI") from error
    return report


async def _patiently(work: Coroutine[Any, Any, SweepReport]) -> SweepReport:
    """What the work came to. If that takes a while, a line says what may be missing."""
    task = asyncio.create_task(work)
    await asyncio.wait([task], timeout=PATIENCE)
    if not task.done():
        click.echo("still sweeping; if that lasts, `matinee doctor` says whether a worker runs", err=True)
    return await task
