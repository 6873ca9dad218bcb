"""The schedules: ensured by every worker at its start, so that an installation cannot run without its sweep."""

from dataclasses import replace
from datetime import timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleState,
    ScheduleUpdate,
    ScheduleUpdateInput,
)

from domain.sweeping import SweepInput

SWEEP, HEAL = "sweep", "heal"
"""The ids of the schedules: the sweep that removes, and the light one that only heals lost events."""


async def ensure(client: Client, *, task_queue: str, sweep_every: timedelta, heal_every: timedelta) -> None:
    """Both schedules exist as wanted. One that an operator has paused stays paused."""
    await _ensure(client, SWEEP, _schedule(SWEEP, SweepInput(), task_queue, sweep_every))
    await _ensure(client, HEAL, _schedule(HEAL, SweepInput(light=True), task_queue, heal_every))


async def _ensure(client: Client, schedule_id: str, wanted: Schedule) -> None:
    def changed(given: ScheduleUpdateInput) -> ScheduleUpdate:
        return ScheduleUpdate(schedule=replace(wanted, state=given.description.schedule.state))

    try:
        await client.create_schedule(schedule_id, wanted)
    except ScheduleAlreadyRunningError:
        await client.get_schedule_handle(schedule_id).update(changed)


def _schedule(schedule_id: str, sweep: SweepInput, task_queue: str, every: timedelta) -> Schedule:
    return Schedule(
        action=ScheduleActionStartWorkflow(
            "SweepWorkflow",
            sweep,
            id=schedule_id,
            task_queue=task_queue,
            execution_timeout=every,
            static_summary="heal lost events" if sweep.light else "find orphans",
        ),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=every)], jitter=every / 20),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=timedelta(minutes=10)),
        state=ScheduleState(note="kept by Matinee's worker; pause it here, change it by settings"),
    )
