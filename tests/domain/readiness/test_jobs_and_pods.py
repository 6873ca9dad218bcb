"""Jobs and pods: a command is waited for to its end, and how it ended is told."""

import pytest

from domain.readiness import Observation, State
from domain.readiness.containers import containers
from domain.readiness.crashes import interrupted
from tests.domain.readiness.looking import look
from tests.domain.readiness.objects import (
    NOW,
    Json,
    ago,
    condition,
    event,
    job,
    over,
    pod,
    running,
    terminated,
    waiting,
)

STARTED = {"startTime": ago(8), "active": 1, "ready": 0, "terminating": 0}
LIMIT = condition("Failed", "True", "BackoffLimitExceeded", "Job has reached the specified backoff limit")
LATE = condition("FailureTarget", "True", "DeadlineExceeded", "Job was active longer than specified deadline")
POLICY = condition("Failed", "True", "PodFailurePolicy", "Container web failed with exit code 42 matching FailJob rule")


@pytest.mark.parametrize(
    ("thing", "state", "cause"),
    [
        (job(), State.PROGRESSING, "it has not been started yet"),
        (job(**STARTED), State.PROGRESSING, "it runs"),
        (job(**STARTED, failed=1), State.PROGRESSING, "it runs; 1 of 3 tries have failed"),
        (job(succeeded=1, conditions=[condition("SuccessCriteriaMet", "True")]), State.PROGRESSING, "it has not"),
        (job(succeeded=1, conditions=[condition("Complete", "True", "CompletionsReached")]), State.READY, ""),
        (over(job(conditions=[condition("Suspended", "True")]), {"spec": {"suspend": True}}), State.READY, ""),
        (job(failed=3, conditions=[LIMIT]), State.FAILED, "it failed 3 times and may not be tried again"),
        (job(failed=1, conditions=[LIMIT]), State.FAILED, "it failed once"),
        (job(failed=1, conditions=[LATE]), State.FAILED, "it ran longer than its deadline of 300 s"),
        (job(failed=1, conditions=[POLICY]), State.FAILED, "exit code 42"),
        (job(conditions=[condition("Failed", "True", "Odd", "something else")]), State.FAILED, "something else"),
    ],
)
def test_a_job_is_ready_when_it_is_complete(thing: Json, state: State, cause: str) -> None:
    """A migration that still runs is waited for, and one that failed says after how many tries."""
    verdict = look(thing)
    assert verdict.state is state
    assert verdict.cause.startswith(cause) or cause in verdict.cause


def test_a_cron_job_is_ready_as_it_stands() -> None:
    """Nothing waits until a schedule comes round."""
    assert look({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "nightly"}}).state is State.READY


def test_a_failed_job_says_how_its_container_ended() -> None:
    """The developer reads the exit code, and which container's log to look at."""
    thing = job(failed=3, conditions=[LIMIT])
    ended = pod(thing, "migrate-abc", state=terminated(1))
    verdict = look(thing, pods=(over(ended, {"status": {"phase": "Failed"}}),))
    assert verdict.cause == "it failed 3 times and may not be tried again: the container web ended with exit code 1"
    assert (verdict.pod, verdict.container) == ("migrate-abc", "web")


@pytest.mark.parametrize("restarts", [0, 5])
def test_a_crash_in_a_job_fails_it_only_when_its_own_limit_says_so(restarts: int) -> None:
    """A migration that may be tried seven times is not given up after three."""
    thing = job(**STARTED)
    crashed = pod(thing, restartCount=restarts, state=waiting("CrashLoopBackOff"), lastState=terminated(1))
    verdict = look(thing, pods=(crashed,))
    assert verdict.state is State.PROGRESSING
    assert "ended with exit code 1" in verdict.cause


@pytest.mark.parametrize(
    ("end", "log", "words"),
    [
        (terminated(1), "exec /app: exec format error", "another processor architecture than the node's"),
        (terminated(128, "StartError", 'exec: "/app": stat /app: no such file'), "", "its program /app is not in the"),
        (terminated(137, "OOMKilled"), "loading", "used more memory than its limit of 512Mi"),
        (terminated(1), "relation posts already exists", None),
        (terminated(0, "Completed"), "done", None),
        (running(3), "", None),
    ],
)
def test_what_a_commands_log_cannot_say_is_told_beside_it(end: Json, log: str, words: str | None) -> None:
    """A migration that never ran, or was killed, has no last lines that say so."""
    made = pod(job(**STARTED), state=end)
    (container,) = containers(made)
    found = interrupted(made, container, Observation(now=NOW, logs={container.where: log}))
    assert (found and words in f"{found.cause}. {found.cure}") if words else found is None


def test_a_job_whose_image_is_missing_fails_at_once() -> None:
    """Nobody waits for a deadline of a Job that can never begin."""
    thing = job(**STARTED)
    verdict = look(thing, pods=(pod(thing, state=waiting("InvalidImageName", "couldn't parse image name")),))
    assert verdict.state is State.FAILED


@pytest.mark.parametrize(
    ("phase", "conditions", "state"),
    [
        ("", [], State.PROGRESSING),
        ("Pending", [], State.PROGRESSING),
        ("Running", [condition("Ready", "False")], State.PROGRESSING),
        ("Running", [condition("Ready", "True")], State.READY),
        ("Succeeded", [condition("Ready", "False", "PodCompleted")], State.READY),
        ("Failed", [], State.FAILED),
        ("Unknown", [], State.PROGRESSING),
    ],
)
def test_a_pod_is_ready_by_its_phase_and_condition(phase: str, conditions: list[Json], state: State) -> None:
    """A pod that a definition brings by itself is judged like any workload."""
    thing = over(pod(None, state=running(60)), {"status": {"phase": phase, "conditions": conditions}})
    assert look(thing).state is state


def test_an_evicted_pod_says_why() -> None:
    """A node without memory is named as the cause, not the service."""
    said = {"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory."}
    assert "low on resource: memory" in look(over(pod(None), {"status": said})).cause


def test_a_job_that_is_refused_its_pod_says_so() -> None:
    """The cause of a Job without pods stands in its events only."""
    thing = job(startTime=ago(8))
    words = 'Error creating: pods "migrate-" is forbidden: failed quota: q: must specify limits.cpu for: web'
    verdict = look(thing, events=(event(thing, "FailedCreate", words),))
    assert verdict.state is State.FAILED
    assert verdict.cause == "its pods must say how much they need: limits.cpu for: web"
