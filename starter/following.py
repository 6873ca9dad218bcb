"""Following a preview from a terminal: its checklist, line by line, as the workflow's own status tells it."""

import asyncio
import itertools
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from temporalio.client import Client, WorkflowExecutionStatus, WorkflowQueryFailedError, WorkflowQueryRejectedError
from temporalio.service import RPCError, RPCStatusCode

from domain.checklists import TEARDOWNS, progress
from domain.errors import TemporaryError
from domain.messages import Status
from domain.names import Key, workflow_id
from domain.phases import Phase
from domain.reports import Report

PAUSE, LONGEST_PAUSE = 0.25, 2.0
"""Seconds between two looks, growing while nothing changes: a query costs no history, but the worker's time."""

ANSWER_WITHIN = timedelta(seconds=10)
"""How long a worker may take to answer before a person is told that none does."""

PATIENCE = 120
"""Looks at a preview that rests before it is believed: a push that has just been sent may still wake it."""

LASTING = frozenset({Phase.READY, Phase.FAILED, Phase.STOPPED, Phase.EXPIRED, Phase.WAITING_FOR_APPROVAL, Phase.GONE})
"""Phases in which nothing goes on, so that following ends."""


async def follow(
    client: Client,
    key: Key,
    settled: Callable[[Status], bool],
    *,
    known: Status | None = None,
    begun: Callable[[Status], bool] = lambda _: True,
) -> AsyncGenerator[tuple[tuple[str, ...], Status]]:
    """New lines of the checklist with the status they come from, until it is settled.

    Of `known` none is told again, nor what was so before it has `begun`.
    """
    before, telling = _told(known) if known else None, False
    last, pause = known, PAUSE
    while True:
        status = await status_of(client, key)
        after, over = _told(status), settled(status)
        if over and not (telling or begun(status)):
            # It rests, and never began: then this is all there is to tell.
            before = None
        telling = telling or over or begun(status)
        yield progress(before, after) if telling else (), status
        if over:
            return
        if status == last:
            await _require_running(client, key)
        pause = min(pause * 1.1, LONGEST_PAUSE) if status == last else PAUSE
        before, last = after, status
        await asyncio.sleep(pause)


def rolled_out(commit: str, *, patience: int = PATIENCE) -> Callable[[Status], bool]:
    """Whether this commit's rollout has ended, or cannot be waited for.

    The latter is so when another one has begun since, because of a newer push, and when the preview rests for
    so many looks, as one that is stopped does.
    """
    rests, others = itertools.count(1), set[str]()

    def settled(status: Status) -> bool:
        if status.commit == commit:
            return status.phase in LASTING
        others.add(status.commit or commit)
        superseded = len(others - {commit}) > 1
        return superseded or (status.phase in LASTING and next(rests) > patience)

    return settled


def of_commit(commit: str) -> Callable[[Status], bool]:
    """Whether what the preview does, it does for this commit."""
    return lambda status: status.commit == commit


def taken_down(status: Status) -> bool:
    """Whether everything was removed."""
    return status.phase in {Phase.GONE, Phase.STOPPED, Phase.EXPIRED}


def goes_down(status: Status) -> bool:
    """Whether it is being removed, or was."""
    return status.phase is Phase.CLOSING or taken_down(status)


async def _require_running(client: Client, key: Key) -> None:
    """Returns if the workflow runs; TemporaryError if it ended without coming to rest, as a terminated one does."""
    description = await client.get_workflow_handle(workflow_id(key)).describe()
    if description.status is not WorkflowExecutionStatus.RUNNING:
        ended = description.status.name.lower() if description.status else "lost"
        raise TemporaryError(f"the workflow of {key} is {ended}; `matinee start {key}` or the next sweep takes it up")


async def status_of(client: Client, key: Key) -> Status:
    """The preview's status; TemporaryError with the cure if it has none, or no worker answers."""
    handle = client.get_workflow_handle(workflow_id(key))
    try:
        return await handle.query("status", result_type=Status, rpc_timeout=ANSWER_WITHIN)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            raise TemporaryError(f"there is no preview of {key}; `matinee list` shows those that are") from error
        if error.status is RPCStatusCode.UNAVAILABLE:
            raise TemporaryError("Temporal does not answer any more; see whether `matinee up` still runs") from error
        raise TemporaryError(f"no worker answers for {key}; start one: `matinee up` or `matinee worker`") from error
    except (WorkflowQueryFailedError, WorkflowQueryRejectedError) as error:
        raise TemporaryError(f"the workflow of {key} cannot answer; look at it in Temporal's UI") from error


async def exists(client: Client, key: Key) -> bool:
    """Whether there is, or was, a workflow for this key."""
    try:
        await client.get_workflow_handle(workflow_id(key)).describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return False
        raise
    return True


def _told(status: Status) -> Report:
    """What there is to tell; of a teardown, nothing of the rollout before it."""
    report = as_report(status)
    return replace(report, steps=(), commit="") if report.phase in TEARDOWNS else report


def as_report(status: Status) -> Report:
    """The status in the form that the checklist is made of."""
    return Report(
        key=status.key,
        forge="",
        at=datetime.now(UTC),
        phase=status.phase,
        reason=status.reason,
        detail=status.detail,
        commit=status.commit,
        live_commit=status.live_commit,
        steps=status.steps,
        urls=status.urls,
        database=status.database_name,
        expires=status.expires,
        pinned=status.pinned,
        flags=tuple(flag for flag in status.flags if flag.override is not None),
        receipt=status.receipt,
        remaining=status.ledger if status.phase is Phase.CLOSING else (),
    )
