"""Problems of a definition, told so that whoever wrote it can mend several at once."""

import json
from dataclasses import dataclass
from typing import Any

from domain.definitions import DEFINITION_PATH
from domain.errors import PermanentError
from domain.phases import Reason

_SHOWN = 8
_VALUE_LIMIT = 60

Place = tuple[str | int, ...]
"""Where something stands in the file: `("services", "web", "port")`."""


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong: the line, the field, and a sentence with the value and the cure."""

    line: int
    field: str
    sentence: str

    def __str__(self) -> str:
        return (
            f"line {self.line}: {self.field}: {self.sentence}" if self.field else f"line {self.line}: {self.sentence}"
        )


class Unreadable(ValueError):  # noqa: N818 - it never leaves this package
    """The file cannot even be taken apart; it carries the one problem that shows why."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(str(problem))


def refusal(problems: list[Problem]) -> PermanentError:
    """The error that lists the problems in the order of the file, the first few of them in full."""
    lines = [str(problem) for problem in sorted(set(problems))]
    more = [f"and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
    return PermanentError("\n".join((f"{DEFINITION_PATH}:", *lines[:_SHOWN], *more)), reason=Reason.DEFINITION_INVALID)


def dotted(place: Place) -> str:
    """The place as people write it: `services.web.command[0]`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{quotable(part)}" for part in place)
    return text.removeprefix(".")


def quoted(value: Any) -> str:
    """A value as it can stand in a message, shortened; of a mapping or a list only the word."""
    match value:
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case None:
            return "nothing"
        case _:
            return quotable(json.dumps(value, ensure_ascii=False))


def quotable(text: str) -> str:
    """Text of a stranger on one line and in a few words, so that it cannot pose as a line of ours."""
    line = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
    return line if len(line) <= _VALUE_LIMIT else f"{line[: _VALUE_LIMIT - 1]}…"
