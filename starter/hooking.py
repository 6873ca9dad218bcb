"""Hooking: the pure part of a local forge's post-receive hook; the command around it does the asking and telling.

Git tells the hook one line per ref. Which number a branch has is the forge's to say; what to send to which
preview, and what to print first, follows from its answer.
"""

import re
from typing import assert_never

from domain.messages import Close, Push
from domain.pulls import PullChange, PullEvent, RefUpdate
from starter.receiving import Message

_LINE = re.compile(r"(?P<old>[0-9a-f]{40,64}) (?P<new>[0-9a-f]{40,64}) (?P<ref>[^ ]+)")


def parsed(lines: str) -> tuple[RefUpdate, ...]:
    """What git wrote to the hook's standard input; ValueError with the line if it is not `old new ref`."""
    return tuple(_parsed_line(line) for line in lines.split("\n") if line.strip())


def messages(changes: tuple[PullChange, ...]) -> tuple[Message, ...]:
    """What to tell the previews of these pull requests. No delivery id: git never delivers the same push twice."""
    return tuple(_message(change) for change in changes)


def announcement(change: PullChange) -> str:
    """The line with which the hook begins to tell of one pull request."""
    match change.event:
        case PullEvent.OPENED:
            return f"{change.key} opened for {change.branch} at {change.commit[:10]}"
        case PullEvent.PUSHED:
            return f"{change.key} moved to {change.commit[:10]}"
        case PullEvent.CLOSED:
            return f"{change.key} closed; what its preview made is being removed"
        case _:
            assert_never(change.event)


def _parsed_line(line: str) -> RefUpdate:
    match = _LINE.fullmatch(line)
    if match is None:
        raise ValueError(f"{line!r} is no line of a post-receive hook; git writes OLD NEW REF")
    return RefUpdate(match["old"], match["new"], match["ref"])


def _message(change: PullChange) -> Message:
    match change.event:
        case PullEvent.OPENED | PullEvent.PUSHED:
            return Message(key=change.key, signal=Push(event=change.event.value, commit=change.commit))
        case PullEvent.CLOSED:
            return Message(key=change.key, signal=Close(by=""))
        case _:
            assert_never(change.event)
