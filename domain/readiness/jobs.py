"""Jobs: whether a command has come to its end.

Source of the rules: kstatus of kubernetes-sigs/cli-utils, `pkg/kstatus/status/core.go`, with two differences. There a
Job is current as soon as it runs; here it is ready when it is complete, as migrations and hooks are waited for.
And `FailureTarget` already counts as failed: it says that the Job will fail once its pods have ended
(https://kubernetes.io/docs/concepts/workloads/controllers/job/#termination-of-job-pods).
"""

from domain.readiness.conditions import ABSENT, conditions
from domain.readiness.fields import Thing, number, text, value
from domain.readiness.observations import Observation
from domain.readiness.verdicts import READY, Finding, failed, progressing, quoted

_FAILURES = {
    "BackoffLimitExceeded": ("it failed {failed} times and may not be tried again", "Correct what its log says."),
    "DeadlineExceeded": (
        "it ran longer than its deadline of {deadline} s",
        "Make it faster, or raise activeDeadlineSeconds.",
    ),
    "PodFailurePolicy": (
        "it ended in a way that its podFailurePolicy does not retry: {message}",
        "Correct what its log says.",
    ),
}
_OTHER_FAILURE = ("it failed: {message}", "Correct what its log says.")


def job(thing: Thing, _: Observation) -> Finding:
    """Ready when it is complete, or suspended because it should be; failed when it will not be tried again."""
    found = conditions(thing)
    ends = [found[kind] for kind in ("Failed", "FailureTarget") if found.get(kind, ABSENT).is_true]
    if found.get("Complete", ABSENT).is_true:
        return READY
    if ends:
        return _failure(thing, ends[0].reason, ends[0].message)
    if value(thing, "spec", "suspend") is True and found.get("Suspended", ABSENT).is_true:
        return READY
    return progressing(_progress(thing))


def cron_job(_: Thing, __: Observation) -> Finding:
    """Ready as it stands; the Jobs that it makes are no part of a rollout."""
    return READY


def _failure(thing: Thing, reason: str, message: str) -> Finding:
    words, cure = _FAILURES.get(reason, _OTHER_FAILURE)
    failures, deadline = number(thing, "status", "failed"), number(thing, "spec", "activeDeadlineSeconds")
    count = words.format(failed=failures, deadline=deadline, message=quoted(message or reason))
    return failed(count.replace(" 1 times", " once"), cure)


def _progress(thing: Thing) -> str:
    if not text(thing, "status", "startTime"):
        return "it has not been started yet"
    failures, limit = number(thing, "status", "failed"), number(thing, "spec", "backoffLimit", default=6)
    words = "it runs" if number(thing, "status", "active") else "its pod has not been made yet"
    return f"{words}; {failures} of {limit + 1} tries have failed" if failures else words
