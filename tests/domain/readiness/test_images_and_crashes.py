"""Images and crashes: what keeps a container from running is told in seconds, and not before it is certain."""

from typing import Any

import pytest

from domain.readiness import Readiness, State
from tests.domain.readiness.looking import look
from tests.domain.readiness.objects import (
    IMAGE,
    Json,
    coming,
    deployment,
    event,
    pod,
    replica_set,
    running,
    terminated,
    waiting,
)

PULL = f'rpc error: code = NotFound desc = failed to pull and unpack image "{IMAGE}": '
MISSING = f'{PULL}failed to resolve reference "{IMAGE}": {IMAGE}: not found'
PLATFORM = f"{PULL}no match for platform in manifest: not found"
DENIED = f'failed to pull image "{IMAGE}": failed to authorize: failed to fetch anonymous token: 401 Unauthorized'
AWAY = 'failed to do request: Head "https://registry.example/v2/": dial tcp 10.0.0.9:443: i/o timeout'
NONE: Json = {"kind": "", "metadata": {"name": "", "uid": ""}}


def web(*events: Json, logs: dict[str, str] | None = None, age: float = 8, **state: Any) -> Readiness:
    """The verdict on a Deployment whose only container is in this state."""
    owner = replica_set(coming())
    made = pod(owner, age=age, **state)
    about = tuple({**each, "involvedObject": {"uid": made["metadata"]["uid"]}} for each in events)
    return look(coming(), replica_sets=(owner,), pods=(made,), events=about, logs=logs or {})


def back_off(message: str) -> Json:
    """A container that waits for the next attempt, as Kubernetes 1.34 says it."""
    return waiting("ImagePullBackOff", f'Back-off pulling image "{IMAGE}": ErrImagePull: {message}')


def refusals(count: int) -> Json:
    """The event of so many attempts that the registry has refused."""
    return event(NONE, "Failed", f'Failed to pull image "{IMAGE}": {MISSING}', count=count)


@pytest.mark.parametrize(
    ("state", "words", "cure"),
    [
        (back_off(MISSING), "is not found in the registry", "Check the image's name"),
        (back_off(PLATFORM), "has no variant for the processor architecture", "linux/amd64"),
        (back_off(DENIED), "refused by the registry: unauthorized", "credentials"),
        (back_off("x509: certificate signed by unknown authority"), "does not trust", "operator"),
        (back_off("pull access denied, repository does not exist or may require authorization"), "credentials", ""),
        (waiting("InvalidImageName", 'Failed to apply default image tag "A/b"'), "no valid name", "capital letters"),
        (waiting("ErrImageNeverPull", "not present with pull policy of Never"), "may not be pulled", ""),
    ],
)
def test_an_image_that_cannot_be_pulled_fails_with_the_registrys_word(state: Json, words: str, cure: str) -> None:
    """Not found, unauthorized, another architecture: each says what it is and who can cure it."""
    verdict = web(refusals(2), state=state)
    assert verdict.state is State.FAILED
    assert words in verdict.cause
    assert cure in verdict.cure
    assert IMAGE in verdict.cause


def test_an_image_that_is_on_its_way_is_named() -> None:
    """A large image is seen to be pulled, and when it is there no longer."""
    pulling = event(NONE, "Pulling", f'Pulling image "{IMAGE}"', seconds=5, type="Normal")
    pulled = event(NONE, "Pulled", f'Successfully pulled image "{IMAGE}" in 2s', seconds=3, type="Normal")
    assert "is being pulled" in web(pulling).cause
    assert "pulled" not in web(pulling, pulled).cause


@pytest.mark.parametrize("state", [waiting("ErrImagePull", MISSING), back_off(MISSING), back_off(DENIED)])
def test_the_first_refused_pull_is_no_failure_yet(state: Json) -> None:
    """A registry that was just pushed to, or a node that does not see the credentials yet, gets a second attempt."""
    assert web(state=state).state is State.PROGRESSING
    assert web(refusals(1), state=state).state is State.PROGRESSING
    assert web(refusals(2), state=state).state is State.FAILED


def test_a_refusal_is_believed_without_its_events() -> None:
    """A cluster that loses events does not leave a preview waiting for its image until its time is over."""
    assert web(state=back_off(DENIED), age=61).state is State.FAILED


def test_before_1_32_the_registrys_word_stands_in_an_event() -> None:
    """An older cluster's shorter message loses nothing."""
    attempt = event(NONE, "Failed", f'Failed to pull image "{IMAGE}": {DENIED}')
    verdict = web(attempt, state=waiting("ImagePullBackOff", f'Back-off pulling image "{IMAGE}"'))
    assert "unauthorized" in verdict.cause


@pytest.mark.parametrize("message", [AWAY, "429 Too Many Requests - toomanyrequests: rate limit"])
def test_a_registry_that_is_away_is_given_a_minute(message: str) -> None:
    """A registry that restarts does not fail the preview."""
    assert web(state=back_off(message), age=30).state is State.PROGRESSING
    assert web(state=back_off(message), age=70).state is State.FAILED


def test_an_images_name_is_not_taken_for_the_registrys_word() -> None:
    """An image may be called `denied`."""
    state = waiting("ImagePullBackOff", f'Back-off pulling image "{IMAGE}": ErrImagePull: reading {IMAGE}: odd')
    assert "cannot be pulled: " in web(state=state, age=20).cause


OOM = terminated(137, "OOMKilled")
START = terminated(128, "StartError", 'exec: "gunicorn": executable file not found in $PATH: unknown')
NO_FILE = terminated(128, "StartError", 'exec: "/app/run": stat /app/run: no such file or directory: unknown')

ABSENT_PROGRAM = (
    "the container web ended with exit code 127: a program that its command names is not in the image (2 times)"
)


@pytest.mark.parametrize(
    ("restarts", "end", "cause"),
    [
        (2, terminated(1), "the container web ended with exit code 1 (3 times)"),
        (2, terminated(0, "Completed"), "the container web ended by itself with exit code 0 (3 times)"),
        (2, terminated(139), "the container web was ended by SIGSEGV (exit code 139) (3 times)"),
        (
            2,
            terminated(1, message="KeyError: 'X'"),
            "the container web ended with exit code 1: KeyError: 'X' (3 times)",
        ),
        (1, OOM, "the container web was killed as it used more memory than its limit of 512Mi (2 times)"),
        (
            1,
            START,
            "the container web ended with exit code 128: its program gunicorn is not in the image (2 times)",
        ),
        (1, NO_FILE, "the container web ended with exit code 128: its program /app/run is not in the image (2 times)"),
        (1, terminated(127), ABSENT_PROGRAM),
    ],
)
def test_a_container_that_keeps_ending_fails_and_says_how(restarts: int, end: Json, cause: str) -> None:
    """Exit code, signal, memory limit or missing program, and whose last lines to read."""
    verdict = web(restartCount=restarts, state=waiting("CrashLoopBackOff", "back-off 20s"), lastState=end)
    assert (verdict.state, verdict.cause) == (State.FAILED, cause)
    assert (verdict.pod, verdict.container) == ("web-7d4b9-x2k8q", "web")
    assert verdict.cure


@pytest.mark.parametrize(
    ("restarts", "state", "last"),
    [
        (0, terminated(1), {}),
        (1, waiting("CrashLoopBackOff", "back-off 10s"), terminated(1)),
        (0, OOM, {}),
        (4, running(2), terminated(1)),
    ],
)
def test_an_end_that_another_service_may_cure_is_no_failure_yet(restarts: int, state: Json, last: Json) -> None:
    """A service that waits for its neighbour by crashing twice comes up; one that runs again has its chance."""
    assert web(restartCount=restarts, state=state, lastState=last).state is State.PROGRESSING


def test_another_architecture_is_recognised_in_the_log() -> None:
    """The runtime says it nowhere else, so the last lines are looked at where they were read."""
    logs = {"web-7d4b9-x2k8q/web": "exec /app/run: exec format error"}
    verdict = web(restartCount=1, state=waiting("CrashLoopBackOff"), lastState=terminated(255), logs=logs)
    assert verdict.state is State.FAILED
    assert "another processor architecture" in verdict.cause


def test_a_container_that_its_liveness_probe_ended_says_so() -> None:
    """Not an unexplained exit code 137, but the probe that was not answered."""
    killed = event(NONE, "Killing", "Container web failed liveness probe, will be restarted")
    unhealthy = event(NONE, "Unhealthy", "Liveness probe failed: HTTP probe failed with statuscode: 500")
    verdict = web(killed, unhealthy, restartCount=2, state=waiting("CrashLoopBackOff"), lastState=terminated(137))
    assert "Liveness probe failed: HTTP probe failed with statuscode: 500" in verdict.cause


def test_pods_of_an_older_version_do_not_fail_the_new_one() -> None:
    """The push that cures a crash is not blamed for it."""
    old, new = replica_set(coming(), "1", "web-old"), replica_set(coming(), "2", "web-new")
    thing = coming()
    thing["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = "2"
    crashed = pod(old, "web-old-1", restartCount=9, state=waiting("CrashLoopBackOff"), lastState=terminated(1))
    verdict = look(thing, replica_sets=(old, new), pods=(crashed, pod(new, "web-new-1")))
    assert verdict.state is State.PROGRESSING
    assert verdict.cause == "0 of 1 pods are available"


def test_a_ready_workload_is_not_judged_by_its_past() -> None:
    """A container that crashed before and runs now is no trouble."""
    owner = replica_set(deployment())
    calm = pod(owner, restartCount=7, ready=True, state=running(600), lastState=terminated(1))
    assert look(deployment(), replica_sets=(owner,), pods=(calm,)).state is State.READY
