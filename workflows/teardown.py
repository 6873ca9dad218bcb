"""Teardown: everything in the ledger is removed in reverse order and verified gone, however long it takes."""

import contextlib
from collections.abc import Callable
from itertools import groupby

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from dataclasses import replace

    from activities.databases import DatabaseActivities
    from activities.failures import message_of
    from activities.images import ImageActivities
    from activities.platforms import PlatformActivities
    from domain.phases import Intent, Phase, Reason
    from domain.policies import Policy
    from domain.resources import Entry, Removal
    from domain.states import in_phase, struck_off, torn_down
    from workflows import options
    from workflows.options import do
    from workflows.recording import Record


async def tear_down(record: Record, policy: Policy, phase: Phase, is_full: Callable[[], bool]) -> None:
    """The ledger is empty, each entry verified gone, and the preview in this phase. What blocks it is named.

    A close that arrives meanwhile makes it the last teardown. It gives up, to be taken up in a new run, once the
    history `is_full`: what blocks a teardown may do so for weeks.
    """
    if record.state.phase is not Phase.CLOSING:
        why = "" if phase is Phase.GONE else record.state.detail
        closing = in_phase(record.state, Phase.CLOSING, workflow.now(), detail=why)
        record.change(replace(closing, receipt=(), rest_detail=why, live=None))
    rounds = 0
    while record.state.ledger:
        if is_full():
            return
        for removal in removals(record, policy):
            await _remove(record, removal)
        if record.state.ledger:
            await _pause(record, rounds)
            rounds += 1
    last = record.state.intent is Intent.CLOSED
    reached, said = (Phase.GONE, "") if last else (phase, record.state.rest_detail)
    record.change(in_phase(torn_down(record.state), reached, workflow.now(), detail=said))


def removals(record: Record, policy: Policy) -> list[Removal]:
    """One request for each adapter that made something, the last to make something first."""
    generation = record.next_generation()
    made_by = groupby(reversed(record.state.ledger), key=lambda entry: (entry.port, entry.instance, entry.label))
    return [
        Removal(
            key=record.state.key,
            label=label or policy.label,
            port=port,
            instance=instance,
            generation=generation,
            entries=tuple(group),
        )
        for (port, instance, label), group in made_by
    ]


async def _pause(record: Record, rounds: int) -> None:
    """It is time for the next round, or somebody has said something: perhaps what blocked it is out of the way."""
    seen = record.version
    with contextlib.suppress(TimeoutError):
        await workflow.wait_condition(
            lambda: record.version != seen,
            timeout=options.REMOVE_PAUSES[min(rounds, len(options.REMOVE_PAUSES) - 1)],
            timeout_summary=f"teardown blocked: {record.state.detail[:60]}",
        )


async def _remove(record: Record, removal: Removal) -> None:
    try:
        gone = await _carry_out(removal)
    except ActivityError as error:
        record.change(
            replace(
                record.state,
                reason=Reason.TEARDOWN_BLOCKED,
                detail=f"{removal.port} {removal.instance}: {message_of(error)}",
            )
        )
    else:
        record.change(struck_off(record.state, gone, workflow.now()))


async def _carry_out(removal: Removal) -> tuple[Entry, ...]:
    summary = f"remove {len(removal.entries)} of {removal.port} {removal.instance}"
    match removal.port:
        case "database":
            return await do(DatabaseActivities.drop, removal, options.REMOVE, summary=summary)
        case "images":
            return await do(ImageActivities.remove, removal, options.REMOVE, summary=summary)
        case _:
            return await do(PlatformActivities.remove, removal, options.REMOVE, summary=summary)
