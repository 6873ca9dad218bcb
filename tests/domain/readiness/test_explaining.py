"""Explaining: which logs are read for a verdict, and what a failure tells."""

from dataclasses import replace

from domain.errors import MESSAGE_LIMIT, PermanentError
from domain.readiness import Observation, Readiness, State
from domain.readiness.explaining import failure, unexplained
from tests.domain.readiness.objects import NOW, coming, job, over, pod, replica_set, terminated

CRASHED = Readiness(
    state=State.FAILED,
    component="Deployment web",
    cause="the container web ended with exit code 3 (3 times)",
    cure="Correct what its last lines complain of.",
    pod="web-7d4b9-x2k8q",
    container="web",
    events=("Scheduled: long ago", "Unhealthy: it answers 500", "BackOff: back-off restarting failed container"),
)


def test_a_failure_tells_what_the_cluster_and_what_the_program_said() -> None:
    """I read why my service is restarted and its own last words, whichever of them explains it."""
    assert failure(CRASHED, "cannot find the moon").splitlines() == [
        (
            "Deployment web: the container web ended with exit code 3 (3 times). "
            "Correct what its last lines complain of."
        ),
        "The cluster says: Unhealthy: it answers 500",
        "The cluster says: BackOff: back-off restarting failed container",
        "Its last lines:",
        "cannot find the moon",
    ]
    assert "last lines:\n" not in failure(CRASHED, "")
    assert "The cluster says" not in failure(replace(CRASHED, events=()), "cannot find the moon")


def test_a_long_failure_keeps_its_cause_its_cure_and_the_end_of_the_log() -> None:
    """A talkative program and a talkative cluster fit into one comment, whole line by whole line."""
    talkative = replace(CRASHED, events=("Failed: " + "x" * 400,) * 3)
    log = "\n".join(f"line {number}" for number in range(500))

    told = failure(talkative, log)

    assert len(told) <= MESSAGE_LIMIT
    assert PermanentError(told).message == told
    assert told.startswith("Deployment web: the container web ended with exit code 3 (3 times). Correct")
    assert told.endswith("line 498\nline 499")
    lines = told.partition("Its last lines:\n")[2].splitlines()
    assert lines == log.splitlines()[-len(lines) :]


def test_a_cause_that_fills_the_message_leaves_room_for_the_log() -> None:
    """Where the cluster's own sentence is the cause already, it is not repeated in place of the last words."""
    told = failure(replace(CRASHED, cause="x" * 400), "cannot find the moon\n" * 50)

    assert "The cluster says" not in failure(replace(CRASHED, cause="x" * 600), "")
    assert told.endswith("cannot find the moon\n" * 9)
    assert PermanentError(told).message == told


def test_of_a_line_without_an_end_its_end_is_told() -> None:
    """A stack trace in one line of JSON is cut at its beginning."""
    told = failure(CRASHED, "y" * 5000 + " the moon")

    assert len(told) <= MESSAGE_LIMIT
    assert told.endswith("yyy the moon")


def test_logs_of_earlier_commands_and_revisions_are_not_read() -> None:
    """After a hundred migrations a look at my services takes no longer than after the first."""
    web, migration = coming(), job()
    current, older = replica_set(web), replica_set(web, revision="0", name="web-5c9f1")
    pods = (
        pod(current, "web-new", restartCount=2, state=terminated(3)),
        pod(current, "web-well"),
        pod(older, "web-old", restartCount=2, state=terminated(3)),
        pod(migration, "migrate-1", state=terminated(1)),
    )
    seen = Observation(now=NOW, objects=(web,), replica_sets=(current, older), pods=pods)

    assert [container.where for container in unexplained(seen)] == ["web-new/web"]


def test_the_log_of_a_job_is_read_if_it_is_waited_for_and_has_not_ended_well() -> None:
    """A hook that fails is explained by its log; one that is complete has nothing to explain."""
    hook = job()
    bad = pod(hook, "migrate-1", state=terminated(1))
    well = over(pod(hook, "migrate-2", state=terminated(0, "Completed")), {"status": {"phase": "Succeeded"}})

    found = unexplained(Observation(now=NOW, objects=(hook, hook), pods=(bad, well)))

    assert [container.where for container in found] == ["migrate-1/web"]
