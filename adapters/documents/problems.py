"""Problems of a file, told so that whoever wrote it can mend them."""

import json
from dataclasses import dataclass
from typing import Any

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


class Unreadable(ValueError):  # noqa: N818 - it never leaves the adapters
    """The file cannot even be taken apart; it carries the one problem that shows why."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(str(problem))


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
