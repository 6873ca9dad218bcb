"""Which of the Jobs of earlier commands a new command takes away."""

from typing import Any

from adapters.platforms.kubernetes.commanding import outdated

_DONE = {"conditions": [{"type": "Complete", "status": "True", "reason": "CompletionsReached"}]}


def job(minute: int, **status: Any) -> dict[str, Any]:
    """A Job that was made at this minute."""
    return {"metadata": {"name": f"run-{minute}", "creationTimestamp": f"2026-01-01T12:{minute:02}:00Z"}, **status}


def test_all_but_the_newest_ended_commands_are_outdated() -> None:
    """However often I push within an hour, the Jobs of my migrations never fill the quota."""
    jobs = [job(minute, status=_DONE) for minute in (5, 1, 4, 2, 3)]

    assert [one["metadata"]["name"] for one in outdated(jobs)] == ["run-1", "run-2"]
    assert outdated(jobs[:3]) == ()


def test_a_command_that_runs_is_never_outdated() -> None:
    """What another worker still watches is left to it, however old it is."""
    jobs = [job(0, status={"active": 1}), *(job(minute, status=_DONE) for minute in range(1, 4))]

    assert outdated(jobs) == ()
