"""The list of previews that run, as Temporal's visibility store knows it: what the page shows.

Search attributes hold what can be filtered by; the memo holds what is only read: url, urls of all services, commit,
title, pull_url and detail, as far as the workflow has written them. Neither needs a worker to be running.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from temporalio.client import Client, WorkflowExecution

from activities.attributes import EXPIRES, PHASE, PHASE_SINCE, REASON
from domain.costs import UNPRICED, UNUSED, Meter, Prices
from domain.errors import TemporaryError
from domain.manifests.shapes import mapping_of
from domain.names import Key, is_key, parse_key
from starter.dispatching import AWAY, WORKFLOW

RUNNING = f"WorkflowType='{WORKFLOW}' AND ExecutionStatus='Running'"
"""The filter that finds every preview that is not over, also in Temporal's UI and command line."""

MOST = 500
"""Lines that a page shows at most; a person who has more previews filters them in Temporal's UI."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One preview as the page shows it; what is not known yet is empty."""

    key: Key
    workflow: str
    run: str
    phase: str = ""
    since: datetime | None = None
    reason: str = ""
    expires: datetime | None = None
    url: str = ""
    urls: Mapping[str, str] = field(default_factory=dict[str, str])
    commit: str = ""
    title: str = ""
    pull_url: str = ""
    detail: str = ""
    meter: Meter = UNUSED
    prices: Prices = UNPRICED


class Previews:
    """Lists the previews of one Temporal namespace; `seconds` bounds how long that may take."""

    def __init__(self, client: Client, *, seconds: float = 8.0) -> None:
        self._client = client
        self._seconds = seconds

    async def __call__(self) -> tuple[Line, ...]:
        """Every preview that runs, by key; TemporaryError if Temporal does not say."""
        try:
            async with asyncio.timeout(self._seconds):
                found = self._client.list_workflows(RUNNING, limit=MOST, rpc_timeout=timedelta(seconds=self._seconds))
                lines = [await _line(each) async for each in found if is_key(each.id)]
                return tuple(sorted(lines, key=lambda line: line.key))
        except AWAY as error:
            raise TemporaryError("Temporal did not list the previews; is it running?") from error


async def meter_of(execution: WorkflowExecution) -> Meter:
    """What counts the preview's requests, as its memo has it: it was written when they last changed."""
    return await execution.memo_value("meter", UNUSED, type_hint=Meter)


async def prices_of(execution: WorkflowExecution) -> Prices:
    """The prices that were in force for the preview when its memo was written."""
    return await execution.memo_value("prices", UNPRICED, type_hint=Prices)


async def _line(execution: WorkflowExecution) -> Line:
    attributes = execution.typed_search_attributes
    memo = await execution.memo()
    return Line(
        key=parse_key(execution.id),
        workflow=execution.id,
        run=execution.run_id,
        phase=attributes.get(PHASE) or "",
        since=attributes.get(PHASE_SINCE),
        reason=attributes.get(REASON) or "",
        expires=attributes.get(EXPIRES),
        url=_text(memo, "url"),
        urls=_texts(memo, "urls"),
        commit=_text(memo, "commit"),
        title=_text(memo, "title"),
        pull_url=_text(memo, "pull_url"),
        detail=_text(memo, "detail"),
        meter=await meter_of(execution),
        prices=await prices_of(execution),
    )


def _text(memo: Mapping[str, Any], name: str) -> str:
    value = memo.get(name, "")
    return value if isinstance(value, str) else ""


def _texts(memo: Mapping[str, Any], name: str) -> dict[str, str]:
    return {key: value for key, value in mapping_of(memo.get(name)).items() if isinstance(value, str)}
