"""Crashes: why a container ends again and again.

Source: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy. The kubelet starts a container
again at once, then after 10, 20, 40 s. How often it may end before that is a failure stands in patience.py. The
containers of a Job fail it only when the Job's own limit says so, so here they only explain.
"""

from dataclasses import dataclass

from domain.readiness import patience
from domain.readiness.containers import NOT_STARTED, Container, End
from domain.readiness.fields import Thing
from domain.readiness.happenings import happenings
from domain.readiness.observations import Observation, owner_kind
from domain.readiness.probing import is_about
from domain.readiness.rules import Rule, read
from domain.readiness.verdicts import Finding, failed_if, name, progressing, quoted

_SIGNALS = {
    4: "SIGILL",
    6: "SIGABRT",
    7: "SIGBUS",
    8: "SIGFPE",
    9: "SIGKILL",
    11: "SIGSEGV",
    13: "SIGPIPE",
    15: "SIGTERM",
}
_FIRST_SIGNAL = 128
_LAST_SIGNAL = _FIRST_SIGNAL + 64
_SHELL_FAILURES = {
    126: "a program that its command names may not be executed",
    127: "a program that its command names is not in the image",
}
_BY_ITSELF = ("", "Error", "Completed")
_LOG_CURE = "Correct what its last lines complain of."

_START_CURE = "Correct the command, or the image."
_FOREIGN = "exec format error"
_START_RULES = (
    Rule(
        _FOREIGN,
        "its program is for another processor architecture than the node's",
        "Build the image for the node's architecture, for instance linux/amd64.",
    ),
    Rule(
        r'exec: "([^"]{1,253})"[^:]{0,40}: (?:executable file not found|stat [^:]{1,253}: no such file)',
        "its program {0} is not in the image",
        "Correct the command, or put the program into the image.",
    ),
    Rule(
        r'exec: "([^"]{1,253})"[^:]{0,40}: permission denied',
        "its program {0} may not be executed",
        "Make the program executable in the image.",
    ),
    Rule("", "it could not be started: {said}", _START_CURE),
)


@dataclass(frozen=True)
class _Why:
    words: str
    cure: str
    is_hopeless: bool = False


def crash(pod: Thing, container: Container, observation: Observation) -> Finding | None:
    """Why the container has ended, None if it runs or ended as it should."""
    end = container.end
    is_of_job = owner_kind(pod) == "Job"
    if end is None or (end.code == 0 and (container.is_init or is_of_job)):
        return None
    why = _why(pod, container, end, observation)
    enough = patience.HOPELESS_ENDS if why.is_hopeless else patience.ENDS
    times = f" ({container.ends} times)" if container.ends > 1 else ""
    cause = f"the container {name(container.name)} {why.words}{times}"
    return failed_if(not is_of_job and container.ends >= enough, cause, why.cure)


def interrupted(pod: Thing, container: Container, observation: Observation) -> Finding | None:
    """Why the program never ran, or was killed; None if it ended by itself, which its own last lines explain."""
    end = container.end
    if end is None:
        return None
    is_started = _start_failure(end, observation.logs.get(container.where, "")) is None
    return None if is_started and end.reason in _BY_ITSELF else crash(pod, container, observation)


def _why(pod: Thing, container: Container, end: End, observation: Observation) -> _Why:
    """The first that explains the end: memory, a program that cannot start, a probe, a signal, its exit code."""
    if end.reason == "OOMKilled":
        limit = f" of {name(container.memory)}" if container.memory else ""
        cure = "Let it use less memory, or raise its memory limit."
        return _Why(f"was killed as it used more memory than its limit{limit}", cure, is_hopeless=True)
    start = _start_failure(end, observation.logs.get(container.where, ""))
    if start:
        return _Why(f"ended with exit code {end.code}: {start.cause}", start.cure, is_hopeless=True)
    probe = _killing_probe(pod, container, observation)
    if probe:
        return _Why(quoted(f"was ended by the platform: {probe}"), "Let it answer its probe, or give it more time.")
    return _by_code(end)


def _start_failure(end: End, log: str) -> Finding | None:
    """Why its program could not be started, None if it was; newer runtimes tell of another architecture in the log."""
    is_foreign = _FOREIGN in end.message or _FOREIGN in log
    if not is_foreign and end.reason not in NOT_STARTED and end.code not in _SHELL_FAILURES:
        return None
    said = _FOREIGN if is_foreign else end.message
    words = _SHELL_FAILURES.get(end.code, "it could not be started")
    return read(said, _START_RULES, age=0.0) if said else progressing(words, _START_CURE)


def _by_code(end: End) -> _Why:
    said = f": {quoted(end.message)}" if end.message else ""
    if end.code == 0:
        return _Why("ended by itself with exit code 0", "Give it a command that keeps running.")
    if _FIRST_SIGNAL < end.code <= _LAST_SIGNAL:
        number = end.code - _FIRST_SIGNAL
        return _Why(f"was ended by {_SIGNALS.get(number, f'signal {number}')} (exit code {end.code}){said}", _LOG_CURE)
    return _Why(f"ended with exit code {end.code}{said}", _LOG_CURE)


def _killing_probe(pod: Thing, container: Container, observation: Observation) -> str:
    """What the probe found for which the kubelet ends the container, empty if none did."""
    found = happenings(pod, observation)
    start = f"Container {container.name} failed "
    if not any(each.reason == "Killing" and each.message.startswith(start) for each in found):
        return ""
    words = [each.message for each in found if is_about(each, container)]
    return ([each for each in words if not each.startswith("Readiness")] or ["a probe failed"])[-1]
