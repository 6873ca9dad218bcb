"""`matinee throttle`: who may branch and migrate on a database server now, who waits, and how many may at once."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from databases import limits_of
from domain.checklists import duration
from domain.errors import PermanentError, TemporaryError
from domain.leases import Queue
from domain.names import throttle_id
from settings import Settings, load
from starter.commands.arguments import connected, json_option, server_option
from starter.commands.options import data_option
from starter.commands.printing import print_json, table
from starter.following import ANSWER_WITHIN


@click.command(options_metavar="[resize N] [OPTIONS]")
@click.argument("resize", metavar="", required=False, type=click.Choice(["resize"]))
@click.argument("limit", metavar="", required=False, type=click.IntRange(0, 1_000))
@server_option
@data_option
@json_option
def command(resize: str | None, limit: int | None, server: str | None, data: Path | None, as_json: bool) -> None:
    """Show who holds a lease of the database server and who waits for one; `resize N` gives N at once from now on.

    With 0, none is given any more. Leases that are held stay held. The limit stays as it was set here until it is set
    again, also over restarts.
    """
    if resize and limit is None:
        raise click.UsageError("say how many: matinee throttle resize N")
    queue = asyncio.run(_throttled(load(data), server, limit))
    if as_json:
        print_json(queue)
    else:
        click.echo("\n".join(queue_lines(queue, datetime.now(UTC))))


def queue_lines(queue: Queue, now: datetime) -> list[str]:
    """The leases and the queue for a person, in the order in which they will be served."""
    held, waiting = len(queue.held), len(queue.waiting)
    lines = [f"{queue.server}: {held} of {queue.limit} leases are held, {waiting} wait"]
    if queue.adopting:
        lines += ["It was just started anew and looks for leases given before; until then it gives none."]
    rows = [
        (each.ticket.label, "holds", f"for {_since(each.granted_at, now)}", f"ends {each.ends:%H:%M:%S} UTC")
        for each in queue.held
    ]
    for each in queue.waiting:
        wait = each.place.wait_seconds
        likely = "" if wait is None else f"about {duration(wait)} to go"
        rows += [(each.ticket.label, f"place {each.place.place}", f"for {_since(each.since, now)}", likely)]
    return lines + (table(rows) if rows else [])


async def _throttled(settings: Settings, server: str | None, limit: int | None) -> Queue:
    name = server or settings.database
    async with connected(settings) as client:
        try:
            if limit is not None:
                await client.get_workflow_handle(throttle_id(name)).signal("resize", limit)
            return await _queue(client, name)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return _unused(settings, name, resized=limit is not None, error=error)


async def _queue(client: Client, name: str) -> Queue:
    handle: Any = client.get_workflow_handle(throttle_id(name))
    try:
        queue: Queue = await handle.query("queue", result_type=Queue, rpc_timeout=ANSWER_WITHIN)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            raise
        raise TemporaryError(
            f"no worker answers for the throttle of {name}; start one: `matinee up` or `matinee worker`"
        ) from error
    return queue


def _unused(settings: Settings, name: str, *, resized: bool, error: RPCError) -> Queue:
    """The throttle that would be started with the first lease; PermanentError where that is not what was asked."""
    limits = limits_of(settings)
    if name not in limits:
        known = ", ".join(limits) or "none"
        raise PermanentError(f"there is no database server {name!r}; configured: {known}") from error
    if resized:
        raise PermanentError(
            f"no lease of {name} was ever asked for, so there is nothing to resize yet; "
            f"set MATINEE_DATABASES__{name.upper()}__THROTTLE to begin with another limit"
        ) from error
    return Queue(server=name, limit=limits[name])


def _since(instant: datetime, now: datetime) -> str:
    return duration((now - instant).total_seconds())
