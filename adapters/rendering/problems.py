"""What is said when manifests cannot be made: a sentence of ours, or a few clean lines of the program's own."""

import re
from collections.abc import Iterable, Sequence

from adapters.processes.masking import masked
from domain.errors import PermanentError
from domain.escaping import plain
from domain.phases import Reason

_LINES, _LINE_LIMIT, _ROOM = 6, 400, 700
_CURES = (
    ("missing in charts/", "run `helm dependency build` and commit the folder charts: nothing is fetched here"),
    ('function "lookup"', "there is no cluster to look into here; use values"),
    ("executable file not found", "nothing is fetched here, and no plugin is run: write everything in the repository"),
    ("external plugins disabled", "plugins are not run here; write what they make into the repository"),
    ("plugin", "plugins are not run here; write what they make into the repository"),
    ("dial tcp", "nothing is fetched here; copy it into the repository"),
    ("permission denied", "nothing outside of the repository is read, and nothing is fetched"),
)  # fmt: skip
_NOISE = re.compile(r"^(?:level=|time=|walk\.go|#|Use --debug|\s*$|[IWEF][0-9]{4} )")
_TRACE = re.compile(r"^(?:goroutine |runtime stack|\[signal |panic\()")


def refused(sentence: str) -> PermanentError:
    """The error for a repository whose manifests cannot be made."""
    return PermanentError(sentence, reason=Reason.DEFINITION_INVALID)


def complaint(log: str, *, places: Sequence[str] = (), secrets: Iterable[str] = ()) -> str:
    """The first lines of what a program said that mean something, without colours, our folders and secrets."""
    text = masked(plain(log), secrets)
    for place in places:
        text = text.replace(place, "")
    lines: list[str] = []
    for line in text.splitlines():
        if _TRACE.match(line) or len(lines) == _LINES:
            break
        if not _NOISE.match(line):
            lines.append(_shortened(line.rstrip()))
    said = "\n".join(lines).removeprefix("Error: ").removeprefix("error: ")
    said = said if len(said) <= _ROOM else f"{said[: _ROOM - 1]}…"
    return "\n".join(part for part in (said or "it said nothing", cure(said)) if part)


def cure(said: str) -> str:
    """What to do about it, where the program's own words leave that open; else nothing."""
    return next((words for sign, words in _CURES if sign in said), "")


def _shortened(line: str) -> str:
    # Both programs wrap one cause into another: where it began stands in front, what it is at the end.
    half = _LINE_LIMIT // 2
    return line if len(line) <= _LINE_LIMIT else f"{line[:half]} … {line[-half:]}"
