"""`matinee show`: all that is known of one preview, by whoever can still answer."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import click
from temporalio.client import WorkflowExecutionDescription, WorkflowExecutionStatus

from activities import attributes
from domain.errors import TemporaryError
from domain.messages import Status
from domain.names import Key
from settings import load
from starter.commands.arguments import connected, json_option, key_argument
from starter.commands.asking import Preview
from starter.commands.options import data_option
from starter.commands.printing import costed_fields, print_json
from starter.commands.telling import Glimpse, Over, Pending, glimpse_lines, over_lines, status_lines
from starter.listing import meter_of, prices_of

Known = Status | Glimpse | Over

_SOURCES = {Status: "preview", Glimpse: "temporal", Over: "result"}
"""Who answered, for programs: the preview itself, Temporal alone as no worker runs, or the result of what is over."""


@click.command()
@key_argument
@data_option
@json_option
def command(key: Key, data: Path | None, as_json: bool) -> None:
    """Show a preview: checklist with times, URLs, reason and cure, place in the queue, end of life, ledger.

    If no worker answers, what Temporal itself knows is shown; of a preview that is over, the receipt.
    """
    known, history = asyncio.run(_looked(data, key))
    now = datetime.now(UTC)
    if as_json:
        print_json({"source": _SOURCES[type(known)], "temporal_ui": history, **costed_fields(known, now)})
        return
    click.echo("\n".join((*_lines(known, now), f"{'temporal':<9} {history}")))


async def _looked(data: Path | None, key: Key) -> tuple[Known, str]:
    settings = load(data)
    async with connected(settings) as client:
        preview = Preview(client, key)
        description = await preview.described()
        return await _known(preview, description), _history(settings.temporal.ui, client.namespace, description)


async def _known(preview: Preview, description: WorkflowExecutionDescription) -> Known:
    if description.status is not WorkflowExecutionStatus.RUNNING:
        return Over(
            key=preview.key,
            ended=description.status.name.lower().replace("_", " ") if description.status else "unknown",
            ended_at=description.close_time,
            receipt=tuple(await preview.receipt()),
            meter=await meter_of(description),
            prices=await prices_of(description),
        )
    try:
        return await preview.status()
    except TemporaryError:
        return await _glimpse(preview.key, description)


async def _glimpse(key: Key, description: WorkflowExecutionDescription) -> Glimpse:
    found, memo = description.typed_search_attributes, await description.memo()
    return Glimpse(
        key=key,
        phase=found.get(attributes.PHASE) or "",
        phase_since=found.get(attributes.PHASE_SINCE),
        reason=found.get(attributes.REASON) or "",
        expires=found.get(attributes.EXPIRES),
        detail=str(memo.get("detail", "")),
        commit=str(memo.get("commit", "")),
        url=str(memo.get("url", "")),
        pending=tuple(
            Pending(activity=each.activity_type.name, attempt=each.attempt, failure=each.last_failure.message)
            for each in description.raw_description.pending_activities
        ),
        meter=await meter_of(description),
        prices=await prices_of(description),
    )


def _lines(known: Known, now: datetime) -> list[str]:
    match known:
        case Status():
            return status_lines(known, now)
        case Glimpse():
            return glimpse_lines(known, now)
        case Over():
            return over_lines(known)


def _history(ui: str, namespace: str, description: WorkflowExecutionDescription) -> str:
    path = f"workflows/{quote(description.id, safe='')}/{quote(description.run_id, safe='')}/history"
    return f"{ui.rstrip('/')}/namespaces/{quote(namespace, safe='')}/{path}"
