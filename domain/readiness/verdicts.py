"""Verdicts: the words in which is said whether an object does what it is there for."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from domain.escaping import one_line

CAUSE_LIMIT = 400
"""Characters of a cause: a registry's or an admission's whole sentence, and room for the rest of a message."""


class State(StrEnum):
    """How far an object has come. A failed one needs somebody to change something; waiting longer is no use."""

    READY = "ready"
    PROGRESSING = "progressing"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one rule says. A trouble that may pass by itself is progressing, with its cause.

    `pod` and `container` name whose last log lines show more, empty if none do.
    """

    state: State
    cause: str = ""
    cure: str = ""
    pod: str = ""
    container: str = ""


@dataclass(frozen=True, kw_only=True)
class Readiness:
    """The verdict on one object.

    `component` is its kind and name, such as `Deployment web`. Cause, cure and events are plain lines of printable
    characters, but a stranger may have written parts of them: mask secrets and escape before they are shown.
    `events` are the last warnings about the object and its pods, the newest last.
    """

    state: State
    component: str
    cause: str = ""
    cure: str = ""
    pod: str = ""
    container: str = ""
    events: tuple[str, ...] = ()


READY = Finding(state=State.READY)
"""Nothing to wait for and nothing to say."""


def progressing(cause: str, cure: str = "") -> Finding:
    """Not ready yet, and nothing says that it will not be."""
    return Finding(state=State.PROGRESSING, cause=cause, cure=cure)


def failed(cause: str, cure: str) -> Finding:
    """It will not be ready until somebody does what the cure says."""
    return Finding(state=State.FAILED, cause=cause, cure=cure)


def failed_if(final: bool, cause: str, cure: str) -> Finding:
    """Failed if this is final, else still in progress with the same words."""
    return failed(cause, cure) if final else progressing(cause, cure)


def worst(findings: Iterable[Finding]) -> Finding | None:
    """The first that failed, else the first of all, else None."""
    found = tuple(findings)
    return next((finding for finding in found if finding.state is State.FAILED), found[0] if found else None)


def quoted(words: str) -> str:
    """What somebody else wrote, in one line of at most CAUSE_LIMIT characters."""
    return one_line(words, CAUSE_LIMIT)


def name(words: str) -> str:
    """A name that somebody else chose, in one line; Kubernetes allows no more than 253 characters."""
    return one_line(words, 253)
