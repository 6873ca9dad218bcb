"""Rollouts: against a plain script that makes the same calls one after another, and what Matinee itself takes.

Both bring up the shop, which has two services and a database, over the same fakes, on one Temporal in memory. At
first the fakes take their time, as PAUSES says; then none, so that what is left is the rollout's own share.
"""

from datetime import UTC, datetime

from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client

from benchmarks._comparing import Rollout, rollout_of, tell_comparison
from benchmarks._measuring import measure, say, told
from benchmarks._parts import Pauses, TellingForge, paused_stage
from benchmarks._script import Script
from benchmarks._servers import temporal_client
from domain.names import Key, workflow_id
from tests.workflows.stages import Stage
from worker import built

PAUSES = {"image": 2.0, "branch": 1.0, "migrate": 1.0, "deploy": 0.5, "settle": 0.5, "probe": 0.5}
"""Seconds that each call takes: an image and a probe for each of two services, the others once."""

PER_ACTIVITY = 1.2 * 0.060
PER_LEASE = 0.25
LEASES = 2
"""One for the branching, one for the migration."""


async def benchmark(quick: bool) -> None:
    """The script and the rollout take turns; then come rollouts that wait for nothing."""
    pauses = Pauses({})
    async with temporal_client() as client:
        stage, forge, ports = paused_stage(client, pauses)
        async with built(client, stage.task_queue, ports):
            # The first one starts the throttle and builds the seed, which all others branch from.
            await _rolled_out(stage, forge)
            pauses.seconds = {verb: seconds / 10 for verb, seconds in PAUSES.items()} if quick else PAUSES
            pairs = [
                (await Script(ports, stage.opened()).bring_up(), await _rolled_out(stage, forge))
                for _ in range(1 if quick else 5)
            ]
            pauses.seconds = {}
            own = [await _rolled_out(stage, forge) for _ in range(1 if quick else 15)]
        activities = await _critical_path(client, own[-1].key)
    tell_comparison(pairs)
    bound = activities * PER_ACTIVITY + LEASES * PER_LEASE
    say(f"critical path: {activities} activities and {LEASES} leases")
    told("rollout's own share", [rollout.wall for rollout in own], bound, unit=" s")


async def _rolled_out(stage: Stage, forge: TellingForge) -> Rollout:
    key, pushed_at = stage.opened(), datetime.now(UTC)
    await stage.tell(key)
    await forge.ready[key].wait()
    report = forge.last_report(key)
    assert report
    return rollout_of(report, pushed_at)


async def _critical_path(client: Client, key: Key) -> int:
    """How many activities of a rollout waited for each other, found from its end: before each, the last one to end.

    Reports are left out, as nothing waits for them.
    """
    history = await client.get_workflow_handle(workflow_id(key)).fetch_history()
    ran = _activities(list(history.events))
    path = [max(ran, key=lambda each: each[1])]
    while before := [each for each in ran if each[1] < path[-1][0]]:
        path.append(max(before, key=lambda each: each[1]))
    return len(path)


def _activities(events: list[HistoryEvent]) -> list[tuple[int, int]]:
    """The events with which each activity but reports was scheduled, and completed."""
    scheduled = {
        event.event_id
        for event in events
        if event.activity_task_scheduled_event_attributes.activity_type.name not in ("", "report")
    }
    completed = {event.activity_task_completed_event_attributes.scheduled_event_id: event.event_id for event in events}
    return [(begun, completed[begun]) for begun in scheduled if begun in completed]


if __name__ == "__main__":
    measure("rollouts: against a plain script, and their own share", benchmark)
